"""Waiting for the workers of a portal that runs as another program."""

import time


def wait_for(condition, seconds=60):
    """Until the workers have done something; returns what the condition gives then."""
    deadline = time.monotonic() + seconds
    while not (result := condition()):
        if time.monotonic() > deadline:
            raise TimeoutError("the workers of the portal did not do it in time")
        time.sleep(0.2)
    return result
