"""Rules of related tables: what holds in every row, between a row and its parent, or along a parent's rows.

| kind | columns | relation | options |
|---|---|---|---|
| inequality | (a, b): a <= b | | strict; decides: "lower" where a is computed from b |
| range | (x) | | low, high (numbers or ISO dates), either may be absent |
| combination | two or more: only these combinations occur | | values: the combinations |
| formula | (decided, others ...) | | expression; decimals; is_date where it gives a date |
| one_of | two or more: exactly one is filled | | at_least: one or more are |
| business_day | (date): Monday to Friday | | |
| unique | two or more: no combination twice | | |
| after_parent | (x): x >= the parent's column | child to parent | parent_column; strict |
| before_parent | (x): x <= the parent's column | child to parent | parent_column; strict |
| running | (balance, amount) | child to parent | start, order, sign, negative, decimals |
| one_open | (ended): at most one is empty | child to parent | |
| ordered | (x): does not fall from row to row | child to parent | strict |
| total | (x) of the parent | child to parent | child_column; decimals |
| count | (x) of the parent | child to parent | |

`start` of a running balance is a column of the parent or a number; without it the first balance of every
parent is as it is. `sign` is a column whose values in `negative` make an amount count as less.
"""
