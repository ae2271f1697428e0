"""What goes wrong, and how often it did. Every choice comes from one seeded source."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.chaos.brokers import Broker
from tests.chaos.databases import Database
from tests.chaos.processes import Fleet

ARMED = ("FAULT-503", "FAULT-429", "FAULT-500", "HTML", "DROP-BEFORE", "DROP-AFTER", "HALF-JSON", "CUT-ANSWER")
PROVIDERS = ("kraken_embed", "payward_services")


@dataclass
class Monkey:
    """Kills workers as the submissions go on, ``kills`` of them by the end; the rest happens beside, less often.

    ``progress`` says how much of the work has been begun, from 0 to 1.
    """

    fleet: Fleet
    broker: Broker
    database: Database
    seed: int
    kills: int
    progress: Callable[[], float]
    done: Counter[str] = field(default_factory=Counter)
    errors: list[BaseException] = field(default_factory=list)
    _stop: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def start(self) -> None:
        self._thread = threading.Thread(target=self._work, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        if self._thread is not None:
            self._thread.join(90)

    @property
    def killed(self) -> int:
        return self.done["workers killed"] + self.done["pool processes killed"]

    def _work(self) -> None:
        chance = random.Random(self.seed)
        others = (
            (self._flush, 0.10),
            (self._restart_broker, 0.03),
            (self._cut, 0.25),
            (self._arm, 0.20),
            (self._kill_beside, 0.03),
            (self._restart_stand_in, 0.01),
        )
        try:
            while not self._stop.is_set():
                if self.killed < self.kills * self.progress() + 1 and self.killed < self.kills:
                    self._kill_worker(chance)
                    for act, share in others:
                        if chance.random() < share:
                            act(chance)
                self._stop.wait(chance.uniform(0.05, 0.6))
        except BaseException as error:
            self.errors.append(error)

    def _kill_worker(self, chance: random.Random) -> None:
        name = chance.choice(self.fleet.worker_names)
        if chance.random() < 0.8 and self.fleet.kill_child(name, chance.choice):
            self.done["pool processes killed"] += 1
        else:
            self.fleet.kill(name)
            self.done["workers killed"] += 1

    def _flush(self, _chance: random.Random) -> None:
        self.broker.flush()
        self.done["broker flushed"] += 1

    def _restart_broker(self, _chance: random.Random) -> None:
        self.broker.restart()
        self.done["broker emptied, connections ended"] += 1

    def _cut(self, chance: random.Random) -> None:
        self.done["database connections cut"] += self.database.cut(chance.randint(1, 6))

    def _arm(self, chance: random.Random) -> None:
        wanted = {"api": chance.choice(PROVIDERS), "operation": "*", "fault": chance.choice(ARMED), "times": 1}
        self.fleet.control("POST", "faults", wanted)
        self.done["faults armed for whatever came next"] += 1

    def _kill_beside(self, chance: random.Random) -> None:
        name = chance.choice(("beat", "web"))
        self.fleet.kill(name)
        self.done["schedule and web killed"] += 1

    def _restart_stand_in(self, chance: random.Random) -> None:
        crash = chance.random() < 0.5
        self.fleet.restart_stand_in(crash=crash)
        self.done["provider killed or restarted"] += 1
        time.sleep(0.1)
