-- What an operator has to decide: few, among all that were ever resolved. The status leads, or the
-- index of states would be taken for it.
CREATE INDEX matches_disputed ON matches (status, id)
    WHERE state = 'resolved' AND status = 'playing';
