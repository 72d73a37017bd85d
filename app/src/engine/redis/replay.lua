-- What came after a position. After log.lua.
-- ARGV  2 its epoch, 3 its seq, 4 more missed events than this are too far, 5 events at most, 6 bytes of text after which to
--       stop, 7 entries that are kept (0: all), 8 entries from before this time are not shown
-- Answers {reason, epoch, seq} or {'recovered', epoch, seq, [seq, kind, message, author, time, entry, record …] …}.

local log = open_log(false) or { epoch = '', seq = 0, lives = '' }
local after, kept = tonumber(ARGV[3]), tonumber(ARGV[7])
local function refuse(reason) return { reason, log.epoch, log.seq } end
if not is_valid(log, ARGV[2], after) then return refuse('epoch') end
if kept > 0 and after < log.seq - kept then return refuse('trimmed') end
if log.seq - after > tonumber(ARGV[4]) then return refuse('too_far') end
local answer = { 'recovered', log.epoch, log.seq }
if after == log.seq then return answer end
local entries = redis.call('XRANGE', KEYS[2], (after + 1) .. '-0', '+', 'COUNT', ARGV[5])
if not entries[1] or seq_of(entries[1][1]) ~= after + 1 then return refuse('trimmed') end
local text, oldest = 0, tonumber(ARGV[8])
for _, entry in ipairs(entries) do
  if text >= tonumber(ARGV[6]) then break end
  local fields = fields_of(entry[2])
  if tonumber(fields.t) < oldest then return refuse('trimmed') end
  local record = record_of(fields.m)
  table.insert(answer, { seq_of(entry[1]), fields.k, fields.m, fields.a, fields.t, fields.e, unpack(record) })
  if fields.k ~= 'reaction' and fields.k ~= 'message_delete' then
    text = text + #(record[2] or '') + #(record[3] or '')
  end
end
return answer
