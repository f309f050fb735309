-- Why calls to an address go elsewhere: enum diversion_reason. The default
-- changes nothing.

ALTER TABLE move ADD COLUMN diversion_reason INTEGER NOT NULL DEFAULT 0;
