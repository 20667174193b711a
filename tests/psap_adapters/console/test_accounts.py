"""Accounts: one answer for unknown and wrong, and waiting instead of lock-out."""

from __future__ import annotations

import asyncio

import pytest
from argon2 import PasswordHasher

from text911.psap_adapters.console.accounts import (
    ADDRESSES_MAX,
    CHECKS_WAITING,
    NOBODY,
    Accounts,
    Attempts,
    TooBusy,
    hash_password,
)
from text911.psap_adapters.console.sessions import Account
from text911.psap_adapters.console.settings import (
    ConsoleListenSettings,
    ConsoleSettings,
    UserSettings,
)

PASSWORD = "correct horse"


def console(*users: str, hashed: str) -> ConsoleSettings:
    return ConsoleSettings(
        display_name="PSAP",
        users=tuple(UserSettings(name=user, password_hash=hashed) for user in users),
    )


def test_a_hash_is_argon2id_and_a_short_or_endless_password_is_refused() -> None:
    assert UserSettings(name="x", password_hash=hash_password(PASSWORD))
    for bad in ("short", "x" * 257):
        with pytest.raises(ValueError, match="8 to 256 characters"):
            hash_password(bad)


def test_only_user_and_password_that_belong_together_are_let_in() -> None:
    hashed = hash_password(PASSWORD)
    accounts = Accounts(
        {
            "east": console("ann", "bob", hashed=hashed),
            "west": console("bob", hashed=hashed),
            "north": console("old", hashed="$argon2id$damaged"),
        }
    )

    async def check() -> list[Account | None]:
        return [
            await accounts.check("", "ann", PASSWORD),
            await accounts.check("east", "bob", PASSWORD),
            await accounts.check("", "bob", PASSWORD),  # of two PSAPs: which one?
            await accounts.check("west", "ann", PASSWORD),
            await accounts.check("east", "ann", "wrong horse"),
            await accounts.check("east", "ann", PASSWORD + "x" * 300),
            await accounts.check("east", "nobody", PASSWORD),
            await accounts.check("north", "old", PASSWORD),
        ]

    ann, bob = Account("east", "ann"), Account("east", "bob")
    assert asyncio.run(check()) == [ann, bob, None, None, None, None, None, None]
    accounts.close()


def test_an_unknown_user_costs_the_work_of_a_new_password() -> None:
    assert not PasswordHasher().check_needs_rehash(NOBODY)


def test_a_flood_of_log_ins_is_bounded() -> None:
    accounts = Accounts({"east": console("ann", hashed="$argon2id$damaged")})

    async def flood() -> list[object]:
        tries = [accounts.check("east", "ann", "x") for _ in range(CHECKS_WAITING + 3)]
        return await asyncio.gather(*tries, return_exceptions=True)

    found = asyncio.run(flood())
    assert sum(isinstance(one, TooBusy) for one in found) == 3
    accounts.close()


def test_wrong_passwords_make_an_address_wait_a_little_and_never_for_long() -> None:
    attempts = Attempts(ConsoleListenSettings(failures_in_a_row=3, failure_forgiven_after=15.0))
    for _ in range(2):
        attempts.failed("192.0.2.1", 100.0)
        assert attempts.wait("192.0.2.1", 100.0) == 0.0
    attempts.failed("192.0.2.1", 100.0)
    assert attempts.wait("192.0.2.1", 100.0) == 15.0
    assert attempts.wait("192.0.2.2", 100.0) == 0.0
    assert attempts.wait("192.0.2.1", 115.0) == 0.0
    assert attempts.wait("192.0.2.1", 1000.0) == 0.0


def test_only_so_many_addresses_are_remembered() -> None:
    attempts = Attempts(ConsoleListenSettings(failures_in_a_row=1))
    for number in range(ADDRESSES_MAX + 1):
        attempts.failed(str(number), 100.0)
    assert attempts.wait("0", 100.0) == 0.0
    assert attempts.wait("1", 100.0) > 0.0


def test_a_password_that_changes_while_it_is_checked_lets_nobody_in() -> None:
    accounts = Accounts({"east": console("ann", hashed=hash_password(PASSWORD))})
    ann = Account("east", "ann")
    before = accounts.proof(ann)

    async def check() -> Account | None:
        checking = asyncio.create_task(accounts.check("east", "ann", PASSWORD))
        await asyncio.sleep(0)  # it has begun
        accounts.replace({"east": console("ann", hashed=hash_password(PASSWORD))})
        return await checking

    assert asyncio.run(check()) is None
    assert accounts.proof(ann) not in (None, before)
    assert accounts.proof(Account("east", "bob")) is None
    accounts.close()
