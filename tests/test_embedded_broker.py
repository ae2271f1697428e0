"""The embedded broker under several writers and readers at once."""

from __future__ import annotations

import subprocess
import sys
import threading
import uuid
from pathlib import Path
from queue import Empty

import pytest
from kombu import Connection

from compliance_portal import embedded_broker

WRITER = """
import sys
from kombu import Connection
from compliance_portal import embedded_broker
embedded_broker.install()
folder = sys.argv[1]
options = {"data_folder_in": folder + "/m", "data_folder_out": folder + "/m", "control_folder": folder + "/c"}
with Connection("filesystem://", transport_options=options) as connection:
    queue = connection.SimpleQueue("bell")
    for number in range(int(sys.argv[2])):
        queue.put({"number": number, "padding": "x" * 2000})
"""


@pytest.fixture
def connection(tmp_path: Path) -> Connection:
    embedded_broker.install()
    (tmp_path / "m").mkdir()
    (tmp_path / "c").mkdir()
    folder = str(tmp_path)
    options = {"data_folder_in": f"{folder}/m", "data_folder_out": f"{folder}/m", "control_folder": f"{folder}/c"}
    return Connection("filesystem://", transport_options=options)


def test_no_reader_sees_half_a_message_while_processes_write(connection: Connection, tmp_path: Path) -> None:
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path), "300"], cwd=Path(__file__).parent.parent)
        for _ in range(2)
    ]
    got: list[int] = []
    failures: list[Exception] = []

    def read() -> None:
        with connection.clone() as own:
            queue = own.SimpleQueue("bell")
            quiet = 0
            while quiet < 5 or any(writer.poll() is None for writer in writers):
                try:
                    message = queue.get(block=False)
                except Empty:
                    quiet += 1
                    threading.Event().wait(0.05)
                except Exception as error:  # whatever it is, it would have ended a worker
                    failures.append(error)
                    return
                else:
                    quiet = 0
                    got.append(message.payload["number"])
                    message.ack()

    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join(60)

    assert failures == []
    assert sorted(got) == sorted([*range(300), *range(300)])


def test_an_unreadable_message_is_dropped_and_the_next_one_read(connection: Connection, tmp_path: Path) -> None:
    queue = connection.SimpleQueue("chime")
    (tmp_path / "m" / f"0_{uuid.uuid4()}.chime.msg").write_text("")
    queue.put({"number": 1})

    assert queue.get(block=False).payload == {"number": 1}
    queue.close()
    connection.release()
