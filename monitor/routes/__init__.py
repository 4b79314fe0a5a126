"""Who hears of an alert, where and when: the tree of routes, and the decision it takes.

`config` is what `pactwatch.toml` may say, `tree` hands it down from parent to child, `matching` compares an alert with
a route, `hours` knows quiet hours and digests in local time, `decide` puts it together.  All of it is pure: the clock,
mutes and verdicts come from outside, so that a decision can be repeated and explained.
"""
