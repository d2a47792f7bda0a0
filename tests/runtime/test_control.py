"""The door of a running service, and those who knock."""

from __future__ import annotations

import asyncio
import socket
import stat
from contextlib import suppress
from decimal import Decimal

import msgspec
import pytest

from twinstar.errors import StateError, TwinStarError
from twinstar.runtime import control
from twinstar.runtime.control import NotRunning, call, serve_control


class Answer(msgspec.Struct, frozen=True):
    text: str
    amount: Decimal


def greet(args):
    return Answer(f"hello {args.get('who', 'you')}", Decimal("0.10"))


async def slowly(args):
    await asyncio.sleep(0)
    return args


def refuse(_):
    raise TwinStarError("not now")


HANDLERS = {"greet": greet, "slowly": slowly, "refuse": refuse}


@pytest.fixture
async def door(tmp_path):
    path = tmp_path / "service.sock"
    async with serve_control(path, HANDLERS):
        yield path


async def test_a_struct_comes_back_as_json_and_money_as_its_digits(door):
    assert await call(door, "greet", who="Ada") == {"text": "hello Ada", "amount": "0.10"}


async def test_a_handler_may_take_its_time(door):
    assert await call(door, "slowly", x=1) == {"x": 1}


async def test_only_its_owner_may_knock(door):
    assert stat.S_IMODE(door.stat().st_mode) == 0o600


async def test_a_refusal_and_an_unknown_call_say_why(door):
    with pytest.raises(TwinStarError, match="not now"):
        await call(door, "refuse")
    with pytest.raises(TwinStarError, match="no call 'dance'; there are: greet, refuse, slowly"):
        await call(door, "dance")


async def test_nobody_at_home_is_told_as_not_running(tmp_path):
    with pytest.raises(NotRunning, match="twinstar start"):
        await call(tmp_path / "service.sock", "greet")


async def test_the_socket_of_a_killed_service_is_replaced_and_taken_away_at_the_end(tmp_path):
    path = tmp_path / "service.sock"
    with socket.socket(socket.AF_UNIX) as killed:
        killed.bind(str(path))
    with pytest.raises(NotRunning):
        await call(path, "greet")
    async with serve_control(path, HANDLERS):
        assert (await call(path, "greet"))["text"] == "hello you"
    assert not path.exists()


async def test_a_second_service_is_refused_and_the_first_goes_on(door):
    with pytest.raises(StateError, match="another process answers"):
        async with serve_control(door, HANDLERS):
            pass
    assert (await call(door, "greet"))["text"] == "hello you"


async def test_a_state_directory_may_lie_deeper_than_the_kernel_takes_addresses(tmp_path):
    deep = tmp_path.joinpath(*["a-directory-with-a-long-name"] * 6)
    deep.mkdir(parents=True)
    async with serve_control(deep / "service.sock", HANDLERS):
        assert (await call(deep / "service.sock", "greet"))["text"] == "hello you"
    assert list(deep.iterdir()) == []


@pytest.mark.parametrize(
    "garbage",
    [b"\n", b"{bad\n", b"[]\n", b"null\n", b'{"call": 7}\n', b'{"call": "greet", "args": []}\n', b"\xff\xfe\n"],
)
async def test_garbage_is_answered_with_an_error_and_the_line_stays_open(door, garbage):
    reader, writer = await asyncio.open_unix_connection(str(door))
    writer.write(garbage)
    assert "error" in msgspec.json.decode(await reader.readline())
    writer.write(b'{"call": "greet"}\n')
    assert "result" in msgspec.json.decode(await reader.readline())
    writer.close()
    await writer.wait_closed()


async def test_a_request_without_end_is_cut_off_and_others_are_served(door):
    reader, writer = await asyncio.open_unix_connection(str(door))
    writer.write(b"x" * (4 * control.MAX_REQUEST))
    with suppress(ConnectionResetError):  # which of the two ends it looks like depends on what was read by then
        assert await reader.read() == b""
    writer.close()
    assert (await call(door, "greet"))["text"] == "hello you"


async def test_a_silent_client_is_dropped_and_does_not_hold_up_the_end(tmp_path, monkeypatch):
    monkeypatch.setattr(control, "PATIENCE_S", 0.05)
    path = tmp_path / "service.sock"
    async with asyncio.timeout(2), serve_control(path, HANDLERS):
        reader, writer = await asyncio.open_unix_connection(str(path))
        assert await reader.read() == b""
        writer.close()
        idle = [await asyncio.open_unix_connection(str(path)) for _ in range(3)]
    for _, writer in idle:
        writer.close()


async def test_more_clients_than_there_is_room_for_are_turned_away_until_there_is_room(door):
    crowd = [await asyncio.open_unix_connection(str(door)) for _ in range(control.MAX_CLIENTS)]
    with pytest.raises(NotRunning):
        await call(door, "greet")
    for _, writer in crowd:
        writer.close()
        await writer.wait_closed()
    await asyncio.sleep(0)
    assert (await call(door, "greet"))["text"] == "hello you"
