"""The soak trial: everything fails on a seeded schedule, and a verifier reads every topic at the end.

    python -m tests.soak --minutes 3 --seed 7
    make soak                                   # half an hour, two million articles, two hundred faults

| module | does |
|---|---|
| `cluster` | three Kafka brokers that can be killed and frozen |
| `news` | writes articles of which is known what they must lead to |
| `processes` | workers and deliverers, looked after: what ended by itself is counted |
| `slack` | the fault server in a thread, as Slack |
| `faults` | what goes wrong, drawn from a seed |
| `trial` | puts it all together and runs it |
| `verify`, `waits`, `report` | read what stands at the end, and say what was wanted and what came |
"""
