"""Each bundle of `twinstar incident` in this folder is a test: it comes to what was believed then, nothing trips, and
what the venue said is made of its tapes again.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from zipfile import ZipFile

import msgspec
import pytest

import twinstar_bithumb_native.hook
import twinstar_lighter.hook
from twinstar.app.incident import ABOUT, JOURNAL, Incident, Retold, replay, retell, write
from twinstar.app.incident.bundle import CONFIG
from twinstar.builtin import plugins as builtin_plugins
from twinstar.builtin.journal import SqliteJournal
from twinstar.config import load
from twinstar.plugin import Plugins
from twinstar.runtime.clock import SystemClock

PLUGINS = Plugins([*builtin_plugins(), twinstar_bithumb_native.hook, twinstar_lighter.hook], third_party=False)
BUNDLES = sorted(Path(__file__).parent.glob("*.zip"))
KILLED = {  # made by making.py: at least so many fills, and ends of orders
    Path(__file__).with_name("killed-in-doubt-bybit.zip"): (10, 2),
    Path(__file__).with_name("killed-in-doubt-bithumb.zip"): (8, 0),
    Path(__file__).with_name("killed-in-doubt-lighter.zip"): (8, 2),
}
BYBIT, _, LIGHTER = KILLED
# Lighter's transactions and public keys are 80 digits and no secret.
PUBLIC = re.compile(rb'(tx_hash|public_key)\\*": ?\\*"[0-9a-f]{80}')


@pytest.mark.parametrize("bundle", BUNDLES, ids=lambda path: path.stem)
def test_an_incident_comes_to_what_was_believed_then(bundle: Path) -> None:
    found = replay(bundle)
    assert found.then.rows > 0
    assert found.now == found.then.belief
    assert found.tripped == ()


@pytest.mark.parametrize("bundle", sorted(set(BUNDLES) - KILLED.keys()), ids=lambda path: path.stem)
async def test_the_venues_adapter_makes_of_the_tapes_what_the_journal_has(bundle: Path) -> None:
    for venue in await retell(bundle, PLUGINS):
        assert venue.unheard == 0
        assert venue.untold == ()


@pytest.mark.parametrize("bundle", BUNDLES, ids=lambda path: path.stem)
def test_no_signature_and_no_key_is_in_a_bundle(bundle: Path) -> None:
    """The simulated exchange's keys, and Bybit's signatures, are 64 hexadecimal digits, Lighter's tokens 160."""
    for name, data in read(bundle).items():
        assert not re.search(rb"[0-9a-f]{64}", PUBLIC.sub(b"", data)), name
        assert not re.search(rb'Sig\\*": ?\\*"(?!hidden)|eyJ[\w-]{20,}\.', data), name  # Lighter's, Bithumb's


@pytest.mark.parametrize("bundle", KILLED, ids=lambda path: path.stem)
async def test_a_kill_in_doubt_is_told_again_by_both_lives(bundle: Path) -> None:
    (venue,), (fills, ends) = await retell(bundle, PLUGINS), KILLED[bundle]
    assert (venue.lives, venue.unheard, venue.untold) == (2, 0, ())
    assert venue.fills >= fills
    assert venue.ends >= ends
    assert b"OrderInDoubt" in read(bundle)[JOURNAL]


async def test_a_frame_that_means_something_else_now_is_found_out(tmp_path: Path) -> None:
    """As when a parser of ours reads another quantity out of it."""
    bybit = await changed(BYBIT, tmp_path, ".ws.", (rb'(execQty\\*":\\*")0', rb"\g<1>1"))
    assert bybit.untold
    assert bybit.fills < 10


async def test_what_names_our_orders_by_numbers_is_told_by_the_ids_of_the_journal(tmp_path: Path) -> None:
    """Or Lighter's fills would be nobody's."""
    lighter = await changed(LIGHTER, tmp_path, JOURNAL, (rb'"type":"PlaceOrder"', rb'"type":"CancelOrder","time_ms":0'))
    assert (lighter.fills, lighter.ends) == (0, 0)


async def test_the_tapes_of_a_real_account_are_told_as_its_own(tmp_path: Path) -> None:
    """Lighter's news name the account, which is not the simulated one's then; a testnet has a host of its own."""
    about = msgspec.json.decode(read(LIGHTER)[ABOUT])
    about["accounts"] = {"lighter": "723"}
    config = read(LIGHTER)[CONFIG].replace(b'"leverage": null', b'"leverage": 5')
    of_testnet = {name: data.replace(b"/mainnet.", b"/testnet.") for name, data in read(LIGHTER).items()}
    real = of_testnet | {ABOUT: msgspec.json.encode(about), CONFIG: config}
    lighter = await changed(LIGHTER, tmp_path, "tapes/", (rb"\b1000\b", b"723"), real)
    assert lighter.fills >= 8
    assert lighter.untold == ()


async def test_a_bundle_says_what_a_venue_calls_the_account_but_not_of_a_simulated_one(tmp_path: Path) -> None:
    config, venues = tmp_path / "config.yaml", ""
    for venue, mode in (("real", "testnet"), ("here", "sim")):
        account = f"{{index: 723, keys: [{{index: 5, private_key: 'env:OF_{venue}'}}]}}"
        about = f"type: lighter, mode: {mode}, instruments: ['BTC/USDC:USDC'], account: {account}"
        venues += f"  {venue}: {{{about}}}\n"
    config.write_text(f"venues:\n{venues}", encoding="utf-8")
    await SqliteJournal(tmp_path / "state", SystemClock()).close()
    settings = load(config, PLUGINS.registry, tmp_path / "state", secrets=False)
    written = write(settings, PLUGINS, from_ms=0, until_ms=1, config={}, output=tmp_path / "incident.zip")
    assert written.accounts == {"real": "723"}
    assert msgspec.json.decode(read(tmp_path / "incident.zip")[ABOUT], type=Incident) == written


def read(bundle: Path) -> dict[str, bytes]:
    with ZipFile(bundle) as whole:
        return {name: whole.read(name) for name in whole.namelist()}


async def changed(
    bundle: Path, into: Path, part: str, how: tuple[bytes, bytes], more: Mapping[str, bytes] = {}
) -> Retold:
    """What is told of a bundle in whose parts of that name the one pattern was replaced by the other."""
    with ZipFile(into / "changed.zip", "w") as other:
        for name, data in (read(bundle) | dict(more)).items():
            other.writestr(name, re.sub(*how, data) if part in name else data)
    (venue,) = await retell(into / "changed.zip", PLUGINS)
    return venue
