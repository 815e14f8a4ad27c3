import t from 'tap';
import {
  emptyTable,
  type Table,
  tableDelete,
  tableEntries,
  tableGet,
  tableMap,
  tableSet,
  tableValues,
} from '../../../agent/topology/table.ts';

t.test('a table keeps what it was', async t => {
  const none: Table<string, number> = emptyTable();
  const one = tableSet(none, 'a', 1);
  const two = tableSet(tableSet(one, 'a', 2), 'b', 3);
  t.equal(none.size, 0);
  t.equal(tableGet(one, 'a'), 1);
  t.same([...tableEntries(two)].sort(), [
    ['a', 2],
    ['b', 3],
  ]);
  t.equal(tableSet(two, 'b', 3), two, 'the same value changes nothing');
  const less = tableDelete(two, 'a');
  t.equal(less.size, 1);
  t.equal(tableGet(less, 'a'), undefined);
  t.equal(tableGet(two, 'a'), 2);
  t.equal(tableDelete(less, 'a'), less);
  t.same([...tableValues(tableMap(two, n => n * 2))].sort(), [4, 6]);
});

t.test('ten thousand entries cost no square of them', async t => {
  let table: Table<number, number> = emptyTable();
  for (let i = 0; i < 10_000; i++) table = tableSet(table, i, i);
  t.equal(table.size, 10_000);
  t.equal(tableGet(table, 9_999), 9_999);
  t.equal([...tableEntries(table)].length, 10_000);
});
