"""Synthesizers for several tables that are joined by keys.

A foreign key is never a value here: it is the position of a row of the parent. `protocol` is what callers
see. `synthesizer` learns any number and depth of tables: `tables` puts them in the order of their keys,
`lifting` gives a parent what its children are in sum, `references` and `hierarchy` handle parents besides
the owner, `siblings`, `contexts` and `variables` say what a row knows and how it is written, `training`
and `copula` learn one table, `sequences` draws its rows place by place. `hma` is SDV's, for comparison.
"""
