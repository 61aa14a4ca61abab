"""What targets say when something goes wrong, in the language of the window: the engine and connectors speak English."""

from __future__ import annotations

from PySide6.QtCore import QT_TRANSLATE_NOOP

from app.gui.shell.said import Sentences

# A more special one stands before a more general one.
SENTENCES = (
    QT_TRANSLATE_NOOP("TargetWords", "{} does not answer ({}); check its address, its power and the network."),
    QT_TRANSLATE_NOOP("TargetWords", "{} shows another host key ({}) than the one accepted before ({}). If the machine was set up anew, remove its line from {} (or ~/.ssh/known_hosts) and accept the new key; if not, somebody is in between."),
    QT_TRANSLATE_NOOP("TargetWords", "{} accepted no key, agent or password; add your key to its authorized_keys, name one with the option “identity”, or set {}."),
    QT_TRANSLATE_NOOP("TargetWords", "The key {} of the target is not on this machine."),
    QT_TRANSLATE_NOOP("TargetWords", "The SSH server of {} forbids forwarding, so that predictions cannot pass; set “AllowTcpForwarding local” there."),
    QT_TRANSLATE_NOOP("TargetWords", "The artifact {} is for {}, but {} is {}; package the model for it: lineside package MODEL --platform {}"),
    QT_TRANSLATE_NOOP("TargetWords", "{} has {} MB free in {}, the artifact needs {} MB more; free some space there or choose another folder with the option “root”."),
    QT_TRANSLATE_NOOP("TargetWords", "The disk of {} is full in {} ({}): {}; free some space there or choose another folder with the option “root”. What ran before still runs."),
    QT_TRANSLATE_NOOP("TargetWords", "{} has only {} MB free; the artifact could not be unpacked."),
    QT_TRANSLATE_NOOP("TargetWords", "The disk of {} is full: {}; run `docker system prune` there."),
    QT_TRANSLATE_NOOP("TargetWords", "The disk of {} is full; make room there, then push again: it goes on from there."),
    QT_TRANSLATE_NOOP("TargetWords", "The layer {} does not arrive whole on {}; check its disk."),
    QT_TRANSLATE_NOOP("TargetWords", "{} on {} was not ready within {} s; what ran before still runs."),
    QT_TRANSLATE_NOOP("TargetWords", "{} on {} ended as it started: {}; what ran before still runs."),
    QT_TRANSLATE_NOOP("TargetWords", "{} on {} ended as it started; what ran before still runs."),
    QT_TRANSLATE_NOOP("TargetWords", "All ports from {} are taken on this machine; choose another “port_base”."),
    QT_TRANSLATE_NOOP("TargetWords", "All ports from {} are taken on {}; choose another “port_base”."),
    QT_TRANSLATE_NOOP("TargetWords", "The engine of {} does not answer when it is {} ({}); is it running, and may this user use it?"),
    QT_TRANSLATE_NOOP("TargetWords", "The certificate of {} is not trusted here ({}); give the certificate of who signed it: --option ca=FILE.pem"),
    QT_TRANSLATE_NOOP("TargetWords", "{} does not answer{} ({}); is its address right, and is it up?"),
    QT_TRANSLATE_NOOP("TargetWords", "{} broke off while it was asked for {} ({})."),
    QT_TRANSLATE_NOOP("TargetWords", "{} is not there; is the stick in?"),
    QT_TRANSLATE_NOOP("TargetWords", "{} cannot be written ({}); is the stick in? Write it again."),
    QT_TRANSLATE_NOOP("TargetWords", "The stick is full in {}; free some space there and write the bundle again. What it held before is as it was."),
    QT_TRANSLATE_NOOP("TargetWords", "{} was not made in this workspace and not signed by its keys. If you trust where it comes from, sign it: lineside trust sign {}"),
    QT_TRANSLATE_NOOP("TargetWords", "The key that signs this workspace's artifacts is not in the keyring of this machine. Sign and deploy where it is; or let this machine sign, too: lineside trust export --key FILE here, lineside trust rotate --add FILE there."),
    QT_TRANSLATE_NOOP("TargetWords", "{} was changed after it was signed: the signature of key {} is wrong."),
    QT_TRANSLATE_NOOP("TargetWords", "The blob {} in {} is not what its digest says: damaged or swapped; fetch it again."),
    QT_TRANSLATE_NOOP("TargetWords", "{} {} is release {}, older than release {} that this machine has accepted. To go back, order it on the workbench: lineside release rollback, or deploy it again."),
    QT_TRANSLATE_NOOP("TargetWords", "{} speaks TLS, but this workspace does not know its certificate."),
    QT_TRANSLATE_NOOP("TargetWords", "What answers at {} shows another certificate than the one that was given."),
    QT_TRANSLATE_NOOP("TargetWords", "Nothing runs on {}."),
    QT_TRANSLATE_NOOP("TargetWords", "The release on {} did not answer ({}); look at its log."),
    QT_TRANSLATE_NOOP("TargetWords", "Release {} ({}) is being rolled out on “{}”; promote it or take it back first."),
    QT_TRANSLATE_NOOP("TargetWords", "Release {} should run on “{}”, but nothing does."),
    QT_TRANSLATE_NOOP("TargetWords", "“{}” runs another release than this workspace put there ({})."),
    QT_TRANSLATE_NOOP("TargetWords", "Nothing was released to “{}” yet; there is nothing to go back to."),
    QT_TRANSLATE_NOOP("TargetWords", "The release {} on “{}” is the first; there is none before it to go back to."),
    QT_TRANSLATE_NOOP("TargetWords", "Nothing runs on “{}” yet, so that there is nothing to compare with; the first release takes all requests."),
    QT_TRANSLATE_NOOP("TargetWords", "{} has no folder that outlives releases; {} cannot be kept there."),
    QT_TRANSLATE_NOOP("TargetWords", "No release was deployed to {} yet; deploy one first."),
    QT_TRANSLATE_NOOP("TargetWords", "There is a target “{}” already; choose another name, or remove that one first."),
    QT_TRANSLATE_NOOP("TargetWords", "“{}” cannot name a target; use letters, digits, - _ and . only."),
    QT_TRANSLATE_NOOP("TargetWords", "“{}” names no host; write ssh://user@host or ssh://user@host:port."),
    QT_TRANSLATE_NOOP("TargetWords", "{} from {} is left out: {}."),
    QT_TRANSLATE_NOOP("TargetWords", "{} has no “{}”; install Python 3.11 or later there, or name one with the target's option python=/path/to/python."),
    QT_TRANSLATE_NOOP("TargetWords", "For a training, {} on {} lacks {}; install there: {} -m pip install {}. {}"),
    QT_TRANSLATE_NOOP("TargetWords", "Is it in another Python of {}? Name that with the target's option python=/path/to/python."),
    QT_TRANSLATE_NOOP("TargetWords", "It is not packaged: lineside package {} --precision {}"),
    QT_TRANSLATE_NOOP("TargetWords", "It was not exported: lineside {} {}"),
    QT_TRANSLATE_NOOP("TargetWords", "The CPU has neither AMX nor AVX-512 BF16 nor ARM BF16; BF16 would be computed as FP32."),
    QT_TRANSLATE_NOOP("TargetWords", "The CPU has no instructions for INT8 (VNNI, AMX, AVX2, ARM dot products); FP32 is as fast."),
    QT_TRANSLATE_NOOP("TargetWords", "It ended while it was measured."),
    QT_TRANSLATE_NOOP("TargetWords", "{} refuses: {}"),
    QT_TRANSLATE_NOOP("TargetWords", "killed by signal {}"),
    QT_TRANSLATE_NOOP("TargetWords", "ended with code {}"),
    QT_TRANSLATE_NOOP("TargetWords", "the link was cut"),
    QT_TRANSLATE_NOOP("TargetWords", "nothing came for {} s"),
    QT_TRANSLATE_NOOP("TargetWords", "it is cut off or too large"),
)  # fmt: skip

# What the operating system says within them.
SYSTEM = (
    QT_TRANSLATE_NOOP("TargetWords", "Connection refused"),
    QT_TRANSLATE_NOOP("TargetWords", "No route to host"),
    QT_TRANSLATE_NOOP("TargetWords", "Network is unreachable"),
    QT_TRANSLATE_NOOP("TargetWords", "Connection reset by peer"),
    QT_TRANSLATE_NOOP("TargetWords", "timed out"),
)

_KNOWN = Sentences("TargetWords", (*SENTENCES, *SYSTEM), deep=True)
LAST_LINES = " Its last lines:"


def target_text(said: str) -> str:
    """What a target said in the language of the window; a log below its first line, and what is not known, stay as they are."""
    first, newline, log = said.partition("\n")
    if (known := _KNOWN.translated(first)) is None and first.endswith(LAST_LINES):
        known = _KNOWN.translated(first.removesuffix(LAST_LINES))
    return f"{known or first}{newline}{log}"
