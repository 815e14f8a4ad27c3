/** A drill from its arguments to its exit code: the kernel's groups, the agent, the guard, the report. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import type { ControlClient } from '../control/client.ts';
import type { Status } from '../control/protocol.ts';
import { type DrillLeg, groupsOf } from '../drills/groups.ts';
import { runGuard, startGuard } from '../drills/guard.ts';
import { inventory } from '../drills/inventory.ts';
import { PLAN_SUFFIX } from '../drills/plans.ts';
import { type DrillReport, drillReport, overall } from '../drills/report.ts';
import {
  type Drill,
  type DrillAgent,
  DrillRefused,
  type DrillRun,
  runDrill,
} from '../drills/runner.ts';
import { bootId, monotonicUs, stamp } from '../time.ts';
import type { Stamp } from '../types.ts';
import { type Context, connectAgent, explainControl, interruptCode } from './context.ts';
import { chooseGroup, chooseLeg, drillId, findLeg } from './drill-choose.ts';
import { requireGuard, safePlanFolder } from './drill-common.ts';
import type { DrillArguments, Prepared } from './drill-run.ts';
import { DrillText } from './drill-text.ts';
import { CliError, EXIT, type ExitCode } from './exit.ts';
import { reportTargets } from './report-file.ts';
import { clean } from './terminal.ts';

/** While nothing is cut, an agent that is slow to answer is no reason to give up. */
const PATIENCE_MS = 20_000;

/** @throws CliError for everything that ends it before its result */
export async function executeDrill(
  context: Context,
  prepared: Prepared,
  options: DrillArguments,
): Promise<ExitCode> {
  const guard = requireGuard(context, options.guard);
  const plans = safePlanFolder(context);
  const kernel = await inventory();
  const group = chooseGroup(groupsOf(kernel), options.group);
  const impossible = prepared.kind.impossible(group, group.legs[0] as DrillLeg);
  if (impossible) throw refusal(new DrillRefused([impossible], true));
  const report = reportTargets(options);
  const client = await connectAgent(context, 'admin');
  try {
    const status = await client.request('status', {}, PATIENCE_MS);
    const began = stamp(bootId(), monotonicUs(), status.wall_offset_us);
    const drill: Drill = {
      id: drillId(new Date()),
      kind: prepared.kind,
      options: prepared.options,
      group,
      leg: chooseLeg(group, options.leg, status),
      repeats: prepared.repeats,
      hold_ms: prepared.hold_ms,
      budget_ms: prepared.budget_ms ?? status.budget_ms,
      wait_ms: prepared.wait_ms,
      primed: options.primed === true,
      force: options.force === true,
    };
    const text = new DrillText(
      report.toStdout ? context.err : context.out,
      context.err,
      drill,
      status,
    );
    text.begin();
    const made = await runDrill(drill, {
      agent: drillAgent(client, drill),
      place: async () => {
        const found = groupsOf(await inventory()).find(g => g.id === group.id);
        if (!found) return null;
        const known =
          options.leg === undefined ? await client.request('status', {}, PATIENCE_MS) : status;
        return { group: found, chosen: findLeg(found, options.leg, known) };
      },
      planFile: repeat => path.join(plans, `${drill.id}-${repeat}${PLAN_SUFFIX}`),
      startGuard: args => startGuard(guard, args),
      undo: async plan => (existsSync(plan) ? runGuard(guard, ['undo', '--plan', plan]) : null),
      inventory,
      nowUs: monotonicUs,
      sleep: ms => new Promise(resolve => setTimeout(resolve, ms)),
      interrupt: context.interrupt,
      tell: progress => text.tell(progress),
    });
    const result = reportOf(drill, made, status, began);
    text.end(result, made);
    await report.write({
      version: status.version,
      host: status.host,
      drills: [result],
      alarms: made.alarms,
    });
    return exitCode(result, made, context);
  } catch (error) {
    throw error instanceof DrillRefused ? refusal(error) : explainControl(error);
  } finally {
    client.close();
  }
}

export function exitCode(result: DrillReport, made: DrillRun, context: Context): ExitCode {
  if (result.repeats.some(r => r.differences.length > 0)) return EXIT.notRestored;
  if (made.interrupted) return interruptCode(context.interrupt);
  if (result.verdict === 'PASS') return EXIT.ok;
  return result.verdict === 'INVALID' ? EXIT.invalid : EXIT.no;
}

export function reportOf(drill: Drill, made: DrillRun, status: Status, began: Stamp): DrillReport {
  const { verdict, reason } =
    made.interrupted && made.repeats.length < drill.repeats
      ? { verdict: 'INVALID' as const, reason: 'interrupted' }
      : overall(made.repeats, drill.budget_ms);
  const record = made.records[0];
  return drillReport.parse({
    id: drill.id,
    kind: drill.kind.name,
    group: drill.group.id,
    leg: drill.leg.ifname,
    nudge: record?.nudge ?? status.helper.nudge ?? 'unknown',
    strategy: record?.strategy ?? status.helper.strategy ?? 'unknown',
    budget_ms: drill.budget_ms,
    verdict,
    reason,
    repeats: made.repeats,
    hold_ms: drill.hold_ms,
    primed: drill.primed,
    began,
  });
}

function refusal(error: DrillRefused): CliError {
  const list = error.reasons.map(r => `\n  - ${clean(r)}`).join('');
  return new CliError(
    EXIT.refused,
    `drill refused, nothing was cut:${list}`,
    error.final ? null : '--force overrides that; --wait gives it time to go away.',
  );
}

const drillAgent = (client: ControlClient, drill: Drill): DrillAgent => {
  const id = { drill: drill.id };
  const where = { ...id, group: drill.group.id };
  return {
    ready: leg => client.request('drill-ready', { ...where, leg }, PATIENCE_MS),
    cut: (leg, t_us, uncertainty_us) =>
      client.request('drill-cut', {
        ...where,
        leg,
        kind: drill.kind.name,
        t_us,
        uncertainty_us,
        budget_ms: drill.budget_ms,
        hold_ms: drill.hold_ms,
      }),
    healed: t_us => client.request('drill-healed', { ...id, t_us }),
    outcome: timeoutMs => client.request('drill-outcome', id, timeoutMs),
    end: () => client.request('drill-end', id),
    closed: client.closed,
  };
};
