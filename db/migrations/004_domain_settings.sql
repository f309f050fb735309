-- What a domain chooses for the answers to its calls. The defaults change
-- nothing.

ALTER TABLE domain ADD COLUMN ignore_user_case INTEGER NOT NULL DEFAULT 0;
ALTER TABLE domain ADD COLUMN uniform_refusal INTEGER NOT NULL DEFAULT 0;
ALTER TABLE domain ADD COLUMN reject_anonymous INTEGER NOT NULL DEFAULT 0;
ALTER TABLE domain ADD COLUMN otherwise_redirects INTEGER NOT NULL DEFAULT 0;
ALTER TABLE domain ADD COLUMN otherwise_template TEXT NOT NULL DEFAULT '';
ALTER TABLE domain ADD COLUMN register_redirects INTEGER NOT NULL DEFAULT 0;
ALTER TABLE domain ADD COLUMN register_target TEXT NOT NULL DEFAULT '';
-- enum retry_after
ALTER TABLE domain ADD COLUMN retry_after INTEGER NOT NULL DEFAULT 0;
ALTER TABLE domain ADD COLUMN retry_after_seconds INTEGER NOT NULL DEFAULT 0;

-- struct answer_style
ALTER TABLE domain ADD COLUMN style_status INTEGER NOT NULL DEFAULT 0;
ALTER TABLE domain ADD COLUMN style_contacts_max INTEGER NOT NULL DEFAULT 8;
ALTER TABLE domain ADD COLUMN style_one_header INTEGER NOT NULL DEFAULT 0;
ALTER TABLE domain ADD COLUMN style_contact_expires INTEGER NOT NULL DEFAULT 0;
ALTER TABLE domain ADD COLUMN style_diversion INTEGER NOT NULL DEFAULT 0;
ALTER TABLE domain ADD COLUMN style_history_info INTEGER NOT NULL DEFAULT 0;
ALTER TABLE domain ADD COLUMN style_cause INTEGER NOT NULL DEFAULT 0;
ALTER TABLE domain ADD COLUMN style_contact_template TEXT NOT NULL DEFAULT '';
