-- run_id: who has been taken by a run that has not ended; nobody else looks at them. is_again: a run that had them ended before
-- it was done, and of what it told Zoom nothing is known for certain.
ALTER TABLE zoom_queue ADD COLUMN run_id TEXT;
ALTER TABLE zoom_queue ADD COLUMN is_again INTEGER NOT NULL DEFAULT 0;
