-- Fleets: targets that are brought the same artifact in waves; see engine/deployment/fleet/ and docs/fleets.md.
CREATE TABLE fleet (
    name VARCHAR,
    groups VARCHAR[],                    -- in the order of their waves
    created TIMESTAMP
);
CREATE TABLE fleet_member (              -- a target belongs to one fleet at most
    target VARCHAR, fleet VARCHAR, "group" VARCHAR,
    artifacts VARCHAR[], should VARCHAR,    -- digests, one for each platform: any of them should run; and their name
    looked TIMESTAMP, answered TIMESTAMP,   -- when it was last asked what runs there, and when it last answered
    runs VARCHAR, runs_name VARCHAR,     -- digest and name of what ran there then; "": nothing
    health VARCHAR,                      -- of that release, as its target told it
    message VARCHAR                      -- one sentence where something was not as it should be
);
CREATE TABLE fleet_order (
    id INTEGER, fleet VARCHAR, artifacts VARCHAR[], artifact VARCHAR,
    plan VARCHAR,                        -- JSON; see engine/deployment/fleet/plan.py
    state VARCHAR,                       -- running, paused, stopped, aborted, done
    wave INTEGER,                        -- the one that is being done, from 0
    history VARCHAR,                     -- JSON list: at, what, by, why, reasons
    before VARCHAR,                      -- JSON: by target, what should have run there before (digests, name)
    author VARCHAR, created TIMESTAMP, ended TIMESTAMP
);
CREATE TABLE fleet_step (                -- a target of an order
    order_id INTEGER, target VARCHAR, "group" VARCHAR, wave INTEGER, place INTEGER,
    state VARCHAR,                       -- waiting, updating, done, sent, failed, left
    tries INTEGER, error VARCHAR, release_id INTEGER, changed TIMESTAMP
);
