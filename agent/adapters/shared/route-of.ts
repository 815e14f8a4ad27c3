/** The route of a kind that is not for every alarm: what its VIM does about one is more than to show it. */
import { adapterKeys } from '../../config.ts';

const route = adapterKeys.route.unwrap();

/** By default these types, and none that a drill has caused. */
export const routeOf = (types: string[]) =>
  route
    .extend({
      types: route.shape.types.unwrap().default(types),
      drills: route.shape.drills.unwrap().default('exclude'),
    })
    .prefault({});
