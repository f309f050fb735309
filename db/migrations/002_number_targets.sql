-- Targets that are numbers, by the domain they are asked of: when a domain
-- becomes served, moves to numbers in it may have closed a loop.
CREATE INDEX move_target_number_domain
	ON move_target (substr(leads_to, instr(leads_to, '@') + 1))
	WHERE leads_to_number <> '';
