"""Starts the AWS emulator for one test process: loopback only, signatures checked, IAM policies enforced.

It binds a free port itself, prints `PORT <number>` once requests are answered, and ends when its standard input is closed,
so no emulator outlives the test that started it, however that test ended.

The emulator (ministack, pinned in requirements.txt) is used as it is but for the facts below, each from AWS's documentation.
They are about what a request is *about* and what is refused; the policy evaluator itself is not touched.

  Service Authorization Reference, "Actions, resources, and condition keys for AWS IAM":
    1. a user's, group's or role's ARN contains its path;
    2. AddUserToGroup and RemoveUserFromGroup are authorized on the group, not on the user;
    3. iam:PermissionsBoundary and iam:PolicyARN are condition keys of the requests that carry such an ARN, the first also of
       those about a user that has a boundary.
  IAM User Guide:
    4. "Tag IAM users": CreateUser with tags needs iam:TagUser on the user as well;
    5. "Troubleshoot access denied error messages": a denial names the resource.
  IAM API Reference:
    6. DeleteUser: DeleteConflict while the user has an inline policy or is in a group;
    7. CreateAccessKey: LimitExceeded beyond two keys of a user;
    8. PutUserPolicy: LimitExceeded beyond 2048 characters of inline policy per user, white space not counted.

The moment that policies are judged at can be moved (`aws:CurrentTime`, `aws:EpochTime`): the file named by EMULATOR_CLOCK holds
the seconds to add. A signature is in time when it is by the real clock or by that moment.
"""

import asyncio
import contextvars
import os
import pathlib
import socket
import sys
import threading
from datetime import datetime, timedelta, timezone

LISTENER = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
LISTENER.bind(("127.0.0.1", 0))
PORT = LISTENER.getsockname()[1]

os.environ.update(
    AUTH="true",
    BIND_HOST="127.0.0.1",
    MINISTACK_HOST="127.0.0.1",
    GATEWAY_PORT=str(PORT),
    LOG_LEVEL="WARNING",
    # Listeners of other services have fixed ports; two tests at once would meet there.
    IOT_MTLS_ENABLED="0",
    SFTP_ENABLED="0",
)

from hypercorn.asyncio import serve
from hypercorn.config import Config
from ministack import app as gateway
from ministack.core import iam_actions, iam_evaluator, sigv4
from ministack.services import iam

INLINE_POLICY_LIMIT = 2048
ACCESS_KEY_LIMIT = 2


def parameter(params, name):
    return iam_actions._query_param(params, name)


# --- 1 and 2: what a request is about


def entity_arn(kind, store, name, account_id, new_path=None):
    known = store.get(name)
    if new_path is None and known:
        return known["Arn"]
    return f"arn:aws:iam::{account_id}:{kind}{new_path or '/'}{name}"


def resource_arn(original):
    def extract(service, method, path, headers, body, params, region, account_id):
        if service != "iam":
            return original(service, method, path, headers, body, params, region, account_id)
        action = parameter(params, "Action") or ""
        group, user, role = (parameter(params, f"{kind}Name") for kind in ("Group", "User", "Role"))
        new_path = (parameter(params, "Path") or "/") if action in {"CreateUser", "CreateGroup", "CreateRole"} else None
        if group and (not user or action in {"AddUserToGroup", "RemoveUserFromGroup"}):
            return entity_arn("group", iam._groups, group, account_id, new_path)
        if user:
            return entity_arn("user", iam._users, user, account_id, new_path)
        if role:
            return entity_arn("role", iam._roles, role, account_id, new_path)
        return original(service, method, path, headers, body, params, region, account_id)

    return extract


iam_actions.extract_resource_arn = resource_arn(iam_actions.extract_resource_arn)


# --- 3: condition keys


def condition_keys(original):
    def context(service, iam_action, body, params):
        keys = dict(original(service, iam_action, body, params) or {})
        if service == "iam":
            for key, name in (("iam:PermissionsBoundary", "PermissionsBoundary"), ("iam:PolicyARN", "PolicyArn")):
                if value := parameter(params, name):
                    keys[key] = keys[key.lower()] = value
            # Of a request that names no boundary, the key is the boundary of the user it is about.
            user = iam._users.get(parameter(params, "UserName") or "") or {}
            if (boundary := user.get("PermissionsBoundary")) and "iam:PermissionsBoundary" not in keys:
                keys["iam:PermissionsBoundary"] = keys["iam:permissionsboundary"] = boundary
        return keys

    return context


iam_actions.request_tag_context = condition_keys(iam_actions.request_tag_context)


# --- 4 and 5: what a denial is about

DENIED_ACTION = contextvars.ContextVar("DENIED_ACTION", default=None)


def tags_need_permission(original):
    def enforce(access_key_id, iam_action, service, region, resource_arn="*", service_context=None):
        DENIED_ACTION.set(None)
        denied = original(access_key_id, iam_action, service, region, resource_arn, service_context)
        if denied or iam_action != "iam:CreateUser" or not (service_context or {}).get("aws:TagKeys"):
            return denied
        DENIED_ACTION.set("iam:TagUser")
        return original(access_key_id, "iam:TagUser", service, region, resource_arn, service_context)

    return enforce


iam_evaluator.enforce = tags_need_permission(iam_evaluator.enforce)


def denial_names_resource(original):
    def respond(service, action, principal_arn, request_id, **details):
        if service == "iam" and not details.get("error_code") and not details.get("message"):
            action = DENIED_ACTION.get() or action
            details["message"] = iam_actions.identity_denial_message(
                action, principal_arn, details.get("resource_arn", "*"), details.get("explicit_deny", False)
            )
        return original(service, action, principal_arn, request_id, **details)

    return respond


iam_actions.access_denied_response = denial_names_resource(iam_actions.access_denied_response)


# --- 6 to 8: what is refused


def refuse_first(action, refusal):
    perform = iam._IAM_HANDLERS[action]
    iam._IAM_HANDLERS[action] = lambda params: refusal(params) or perform(params)


def refuse_delete_user(params):
    user = parameter(params, "UserName")
    if iam._user_inline_policies.get(user):
        return iam._error(409, "DeleteConflict", "Cannot delete entity, must delete policies first.", ns="iam")
    if any(user in group["Users"] for group in iam._groups.values()):
        return iam._error(409, "DeleteConflict", "Cannot delete entity, must remove user from groups first.", ns="iam")
    return None


def refuse_access_key(params):
    user = parameter(params, "UserName")
    if sum(1 for key in iam._access_keys.values() if key["UserName"] == user) < ACCESS_KEY_LIMIT:
        return None
    return iam._error(
        409, "LimitExceeded", f"Cannot exceed quota for AccessKeysPerUser: {ACCESS_KEY_LIMIT}", ns="iam"
    )


def refuse_user_policy(params):
    user, policy = parameter(params, "UserName"), parameter(params, "PolicyName")
    documents = dict(iam._user_inline_policies.get(user) or {})
    documents[policy] = parameter(params, "PolicyDocument") or ""
    if sum(len("".join(document.split())) for document in documents.values()) <= INLINE_POLICY_LIMIT:
        return None
    return iam._error(
        409, "LimitExceeded", f"Maximum policy size of {INLINE_POLICY_LIMIT} bytes exceeded for user {user}", ns="iam"
    )


refuse_first("DeleteUser", refuse_delete_user)
refuse_first("CreateAccessKey", refuse_access_key)
refuse_first("PutUserPolicy", refuse_user_policy)


# --- the moment that policies are judged at


def judged_at(clock_file):
    seconds = float(clock_file.read_text() or 0) if clock_file.exists() else 0.0
    return datetime.now(timezone.utc) + timedelta(seconds=seconds)


def signing_clock(original, clock_file):
    def failure(signature, **options):
        failed = original(signature, **options)
        return failed and original(signature, now=judged_at(clock_file))

    return failure


def policy_clock(original, clock_file):
    def resolve(key, context):
        name = key.lower()
        if name not in {"aws:currenttime", "aws:epochtime"}:
            return original(key, context)
        moment = judged_at(clock_file)
        return moment.isoformat() if name == "aws:currenttime" else str(int(moment.timestamp()))

    return resolve


if clock := os.environ.get("EMULATOR_CLOCK"):
    iam_evaluator._resolve_condition_key = policy_clock(
        iam_evaluator._resolve_condition_key, pathlib.Path(clock)
    )
    sigv4.request_time_failure = signing_clock(sigv4.request_time_failure, pathlib.Path(clock))


# --- life


async def answer_until(stopped):
    config = Config()
    config.bind = [f"fd://{LISTENER.fileno()}"]
    config.keep_alive_timeout = 75
    config.loglevel = "WARNING"

    async def announcing(scope, receive, send):
        async def watched(message):
            await send(message)
            if message["type"] == "lifespan.startup.complete":
                print(f"PORT {PORT}", flush=True)

        await gateway.app(scope, receive, watched if scope["type"] == "lifespan" else send)

    await serve(announcing, config, shutdown_trigger=stopped.wait)


async def main():
    stopped, loop = asyncio.Event(), asyncio.get_running_loop()

    def watch_standard_input():
        sys.stdin.buffer.read()
        loop.call_soon_threadsafe(stopped.set)

    threading.Thread(target=watch_standard_input, daemon=True).start()
    await answer_until(stopped)


if __name__ == "__main__":
    LISTENER.listen(128)
    asyncio.run(main())
