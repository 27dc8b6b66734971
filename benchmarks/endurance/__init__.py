"""What the service keeps up for long, and what it survives: ``python -m benchmarks.endurance CAMPAIGN [--seconds N]``.

Each campaign is a module with ``main(arguments)``, which tells whether all went well; modules that begin with an
underscore are what campaigns share. Campaigns start ``searchsvc serve`` on the loopback, end by themselves, print a
short table, and the exit code is 1 when something did not hold.
"""
