"""The gateway of a target: found, set up where it is wanted, mended.

The option `gateway` of a target: "no": each release is asked at a port of its own, as without; "yes": always, with an
image of HAProxy that is brought along where the machine has none; "image": always that image; left out: wherever HAProxy
or the image is at hand without the network (container engines excepted), and whenever a rollout needs it. On a target with a certificate the gateway
speaks TLS from the next release on that takes over, and the releases behind it speak plain HTTP to it on their own machine.
"""

from __future__ import annotations

from engine.agent.control import Control
from engine.agent.gateway import Gateway
from engine.deployment.image import Image
from engine.deployment.target import Progress, Target
from engine.errors import UsageError

CHOICES = ("", "yes", "no", "image")


def gateway_of(target: Target) -> Control | None:
    """The gateway that a target has."""
    control = control_of(target) if _choice(target) != "no" else None
    return control if control is not None and control.read() is not None else None


def control_of(target: Target) -> Control | None:
    """What a gateway of the target is steered with, whether it is set up or not: the place's own, or HAProxy."""
    home = target.gateway()
    return target.route() or (Control(home) if home is not None else None)


def ensure_gateway(target: Target, platform: str, progress: Progress, *, needed: bool = False) -> Control | None:
    """The target's gateway, set up now where it is wanted; None where it is not.

    Raises:
        UsageError: a rollout needs one, and the target can have none.
    """
    if (route := target.route()) is not None:
        return _led(target, route)
    home, choice = target.gateway(), _choice(target)
    if home is None or choice == "no":
        if needed:
            why = "targets of its kind have none" if home is None else "its option gateway=no says so"
            raise UsageError(f"{target.place} has no gateway, which a shared traffic needs: {why}.")
        return None
    control = Control(home)
    if control.read() is not None:
        control.mend()
        return control
    own = "" if choice == "image" else home.installed()
    if not (needed or choice) and (not home.by_itself or not (own or _at_hand(platform))):
        return None
    home.equip(None if own else _bring(target, platform, progress))
    control.set(Gateway(home.free_port(), home.listen))
    return _led(target, control)


def _led(target: Target, control: Control) -> Control:
    """A gateway that leads to what runs, where it has led to nothing yet."""
    leads = any(slot.release for slot in control.model().slots.values())
    current = next((one for one in target.status() if one.current and one.state == "running"), None)
    if current is None or leads:
        return control
    if target.gateway() is None or not current.endpoint.startswith("https:"):  # else it shows its certificate by itself
        control.take_over(current)
    return control


def certificate_of(target: Target) -> str:
    """SHA-256 of the certificate that the target's endpoint shows to clients; "" for plain HTTP."""
    return str((target.context.options.get("tls") or {}).get("shown", ""))


def _choice(target: Target) -> str:
    choice = str(target.context.options.get("gateway", ""))
    if choice not in CHOICES:
        raise UsageError(f"The option “gateway” of {target.place} is yes, no or image, not “{choice}”.")
    return choice


def _at_hand(platform: str) -> bool:
    from engine.packaging.gateway import has_gateway_image

    return has_gateway_image(platform)


def _bring(target: Target, platform: str, progress: Progress) -> Image:
    from engine.packaging.gateway import gateway_image

    image = Image(*gateway_image(platform), "gateway")
    target.push(image, lambda _stage, done, total, digest: progress("gateway", done, total, digest))
    return image
