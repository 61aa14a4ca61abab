-- The labelling workbench: more of a shape, reviews, comments, the queue.

-- z, group, track, flags, relations of an annotation as a JSON object; NULL: all are default. See engine/data/records.py.
ALTER TABLE annotation ADD COLUMN details VARCHAR;

-- Review state of items; an item without a row is to label, or labelled when it has annotations.
CREATE TABLE review (
    item_id BIGINT, state VARCHAR,       -- to label, labelled, in review, accepted, rejected
    assignee VARCHAR, author VARCHAR, created TIMESTAMP, tx BIGINT   -- author: who set the state
);
CREATE TABLE comment (
    id BIGINT, item_id BIGINT,
    annotation_id BIGINT,                -- of the shape it is about; NULL: of the place or the item
    x DOUBLE, y DOUBLE,                  -- px of the item; NULL: of the item as a whole
    text VARCHAR, author VARCHAR, created TIMESTAMP, resolved BOOLEAN,
    answers BIGINT,                      -- the comment it answers; NULL: begins a thread
    tx BIGINT
);

-- Which items are to be labelled next, and why.
CREATE TABLE queue (
    item_id BIGINT, place INTEGER, score DOUBLE, strategy VARCHAR, why VARCHAR,   -- why: JSON object
    created TIMESTAMP,
    state VARCHAR                        -- waiting, done, skipped
);
CREATE TABLE forecast (                  -- what an hour of work was expected to bring, to be held against what it did
    id INTEGER, created TIMESTAMP, author VARCHAR, details VARCHAR   -- JSON; see engine/curation/minute.py
);

-- Quality: blind rounds (engine/labeling/rounds.py) and findings that a person has looked at (engine/labeling/rules.py).
CREATE TABLE blind_round (
    id BIGINT, name VARCHAR,
    items BIGINT[], persons VARCHAR[],   -- each person labels each item, unseen by the others
    trials INTEGER,                      -- how often; more than once for a gauge study
    state VARCHAR,                       -- open, closed
    author VARCHAR, created TIMESTAMP, tx BIGINT
);
CREATE TABLE answer (                    -- what a person says of an item in a round; never part of a version
    round_id BIGINT, item_id BIGINT, person VARCHAR, trial INTEGER,
    shapes VARCHAR,                      -- JSON list of annotations
    done BOOLEAN, seconds DOUBLE, created TIMESTAMP, tx BIGINT
);
CREATE TABLE ignored_finding (
    rule VARCHAR, item_id BIGINT, annotation_id BIGINT, other_id BIGINT, author VARCHAR, created TIMESTAMP, tx BIGINT
);

-- History and merging: see docs/merging.md and engine/labeling/merging/.
ALTER TABLE tx ADD COLUMN merged BIGINT;       -- the transaction that brought it from another workspace; NULL: made here
ALTER TABLE edit ADD COLUMN merges BIGINT[];   -- further edits of the same thing that this one follows, beside its parent
CREATE TABLE alias (                           -- the same imported annotation under other ids: imported on several machines
    id BIGINT, annotation_id BIGINT            -- annotation_id: the id that it goes by
);
CREATE TABLE conflict (                        -- things with several newest edits
    op VARCHAR, subject BIGINT, item_id BIGINT,   -- op: annotation, label, review, comment; subject: its id (review: item)
    heads BIGINT[], open BOOLEAN, tx BIGINT    -- open: a person has to choose; else they went together by themselves
);
CREATE TABLE label_key (label_id INTEGER, key VARCHAR);   -- what a label is called in all workspaces: names at its birth
UPDATE edit SET parent = chain.parent FROM (
    SELECT id, lag(id) OVER (PARTITION BY (coalesce("after", "before")::JSON ->> 'id') ORDER BY id) AS parent
    FROM edit WHERE op = 'label'
) chain WHERE chain.id = edit.id;

-- Label Studio: the projects that this workspace is exchanged with, and how each task was when it was last the same on
-- both sides. The token is in the system's keyring, never here.
CREATE TABLE studio (
    name VARCHAR, url VARCHAR, project BIGINT, title VARCHAR,
    images VARCHAR,                      -- upload, or the folder that the server serves as local files
    own BOOLEAN,                         -- made by us: its labelling configuration follows our schema
    config VARCHAR,                      -- the configuration at the last exchange
    seen VARCHAR,                        -- newest updated_at of a task that was read
    created TIMESTAMP
);
CREATE TABLE studio_task (
    studio VARCHAR, item_id BIGINT, task BIGINT,
    annotation BIGINT,                   -- the annotation of the task that we read and write; NULL: none yet
    digest VARCHAR,                      -- of what both sides said then; see engine/data/studio/regions.py
    predictions VARCHAR,                 -- the same of the predictions
    regions VARCHAR,                     -- JSON: ids of regions by annotation where they are not ours
    theirs VARCHAR                       -- digest of a remote change that waits for a decision; NULL: no conflict
);
