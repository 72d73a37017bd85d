-- Where a log's head is. After log.lua.
-- Answers {epoch, seq}.

local log = open_log(false)
if not log then return { '', 0 } end
return { log.epoch, log.seq }
