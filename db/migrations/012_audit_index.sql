-- What audit events are asked for by: each walks its index, newest first.

CREATE INDEX audit_action ON audit (action);
CREATE INDEX audit_actor ON audit (actor_name);
CREATE INDEX audit_request ON audit (request_id) WHERE request_id <> '';
