"""The program of a restore drill: `python -m mover.drill`."""

import asyncio
import os
import sys

from contract.environment import DrillSettings, SettingsError
from kopia.failure import KopiaError
from kube.api import ApiError
from kube.client import ADMISSION_TIMEOUT, Client
from mover.drill import operation, record
from mover.drill.rounds import Outcome

FAILED = 1


def main() -> int:
    """One drill."""
    settings = DrillSettings.from_environment(os.environ)
    done = asyncio.run(operation.run(Client(timeout=ADMISSION_TIMEOUT), settings))
    print(operation.summary(done))
    return FAILED if done and done[1].outcome == Outcome.FAILED else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (KopiaError, OSError) as error:
        sys.exit(f"drill: {operation.text(error)}")
    except (SettingsError, record.RecordError) as error:
        sys.exit(f"drill: {error}")
    except ApiError as error:
        sys.exit(f"drill: {error}")
