-- The store of a workspace. Ids of annotations and edits carry the workspace's number in their upper bits,
-- so that two laptops never give the same id (see engine/workspace.py: new_ids).
CREATE TABLE meta (key VARCHAR, value VARCHAR);
CREATE TABLE tx (
    id BIGINT, action VARCHAR, author VARCHAR, created TIMESTAMP, undoes BIGINT  -- undoes: the tx this one takes back
);
CREATE TABLE item (
    id BIGINT,           -- local, rising: rows stay sorted by it
    key BIGINT,          -- first 63 bits of sha256(media digest, page): the same on every machine
    digest VARCHAR,      -- sha256 of the media file, hex
    name VARCHAR,        -- path below the imported folder, with /
    page INTEGER,        -- of a multi-page file; else 0
    width INTEGER, height INTEGER, channels INTEGER, bits INTEGER,   -- as shown: after EXIF orientation
    format VARCHAR, bytes BIGINT,
    split VARCHAR,       -- train, val, test as imported; NULL: not given
    group_key VARCHAR,   -- items of one group (part, lot, camera) never straddle splits
    metadata VARCHAR,    -- JSON object
    problem VARCHAR,     -- NULL, or why a person should look: blurred, dark, box outside …
    link VARCHAR,        -- NULL: in media/; else JSON {path, size, mtime} of a file referred to in place
    tx BIGINT
);
CREATE TABLE label (
    id INTEGER, name VARCHAR, parent INTEGER, color VARCHAR, shortcut VARCHAR,
    shapes VARCHAR,      -- JSON list of allowed kinds; empty: all
    attributes VARCHAR,  -- JSON list of {name, type, values, default}
    position INTEGER, tx BIGINT,
    details VARCHAR      -- JSON object of what formats add: supercategory, keypoints, skeleton; NULL: none
);
CREATE TABLE annotation (
    id BIGINT, item_id BIGINT, label_id INTEGER,
    kind VARCHAR,                        -- class, box, rotated_box, polygon, polyline, point, keypoints, mask
    x DOUBLE, y DOUBLE, w DOUBLE, h DOUBLE,   -- bounding box in px of the item; NULL for class
    points DOUBLE[][],                   -- rings/lines/keypoints: [[x0, y0, x1, y1, …], …]; keypoints: x, y, v
    rle VARCHAR,                         -- mask: COCO compressed RLE (column-major) over the whole item
    attributes VARCHAR,                  -- JSON object; NULL: none
    score DOUBLE,                        -- confidence of a model; NULL for a person
    origin VARCHAR,                      -- person, model, import
    author VARCHAR, tx BIGINT,
    edit BIGINT                          -- the edit that made this state; NULL: as imported or predicted in bulk
);
CREATE TABLE edit (                      -- the append-only log
    id BIGINT, tx BIGINT, parent BIGINT, -- parent: the edit of the same annotation that this one follows
    item_id BIGINT, annotation_id BIGINT,
    op VARCHAR,                          -- add, change, remove, import (one row for a whole batch: rows annotation.tx = tx),
                                         -- label (a change of the schema: before and after are of the label row)
    before VARCHAR, after VARCHAR        -- JSON of the annotation row
);
CREATE TABLE source (                    -- files seen by an import: one that is unchanged need not be read again
    path VARCHAR, size BIGINT, mtime BIGINT, digest VARCHAR   -- mtime: ns
);
CREATE TABLE dataset_version (
    id INTEGER, name VARCHAR, digest VARCHAR, created TIMESTAMP, author VARCHAR, tx BIGINT,
    items BIGINT, annotations BIGINT, splits VARCHAR, settings VARCHAR   -- JSON
);
CREATE TABLE model (
    id INTEGER, name VARCHAR, number INTEGER, run_id VARCHAR, task VARCHAR, version_id INTEGER,
    created TIMESTAMP, metrics VARCHAR, details VARCHAR   -- JSON
);
CREATE TABLE evaluation (
    id INTEGER, model_id INTEGER, version_id INTEGER, split VARCHAR, precision VARCHAR,
    created TIMESTAMP, metrics VARCHAR, path VARCHAR      -- folder below the workspace
);
CREATE TABLE artifact (
    digest VARCHAR, model_id INTEGER, name VARCHAR, platforms VARCHAR, bytes BIGINT, precision VARCHAR,
    created TIMESTAMP, details VARCHAR
);
CREATE TABLE target (name VARCHAR, url VARCHAR, options VARCHAR, probe VARCHAR, created TIMESTAMP, probed TIMESTAMP);
CREATE TABLE release (
    id INTEGER, target VARCHAR, artifact VARCHAR, state VARCHAR, traffic INTEGER, endpoint VARCHAR,
    created TIMESTAMP, ended TIMESTAMP, details VARCHAR   -- state: applying, running, failed, replaced, removed
);
CREATE TABLE job (id VARCHAR, kind VARCHAR, title VARCHAR, created TIMESTAMP, collected TIMESTAMP, state VARCHAR, result VARCHAR);

-- What `data query` shows; see `lineside data query --help`.
CREATE VIEW items AS SELECT i.*, (SELECT count(*) FROM annotation a WHERE a.item_id = i.id) AS annotations FROM item i;
CREATE VIEW annotations AS
    SELECT a.id, a.item_id, i.name AS item, l.name AS label, a.kind, a.x, a.y, a.w, a.h, a.w * a.h AS area,
           a.attributes, a.score, a.origin, a.author, i.split
    FROM annotation a LEFT JOIN label l ON l.id = a.label_id JOIN item i ON i.id = a.item_id;
CREATE VIEW labels AS
    SELECT l.id, l.name, l.color, p.name AS parent, (SELECT count(*) FROM annotation a WHERE a.label_id = l.id) AS annotations
    FROM label l LEFT JOIN label p ON p.id = l.parent;
CREATE VIEW history AS
    SELECT e.id, t.created, t.author, t.action, e.op, e.item_id, e.annotation_id, e.before, e.after, e.tx
    FROM edit e JOIN tx t ON t.id = e.tx;
CREATE VIEW versions AS SELECT id, name, digest, created, author, items, annotations, splits FROM dataset_version;
CREATE VIEW models AS SELECT id, name, number, run_id, task, version_id, created, metrics FROM model;
CREATE VIEW evaluations AS
    SELECT e.id, m.name AS model, m.number, e.version_id, e.split, e.precision, e.created, e.metrics
    FROM evaluation e LEFT JOIN model m ON m.id = e.model_id;
