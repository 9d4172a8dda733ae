-- What a person sees of their sessions: the browser, in words that stand for themselves ("Firefox/Linux").

ALTER TABLE sessions ADD COLUMN browser_name TEXT;
