-- Keeps the last messages of one session. Called by redisCache.ts.
--
-- Decides: what is there stays unless its rev is lower, or it is not of our making. Atomic because two nodes that read the
-- rows at different revs may arrive in either order. Safe to run twice: the second run finds what it wrote.
--
-- KEYS[1]  a string: the rev in digits, a space, sealed bytes
-- ARGV[1]  rev   ARGV[2] sealed bytes
-- ARGV[3]  after so many ms it is forgotten
--
-- Replies  'kept', or 'newer': something as new is there, or newer
local key, rev = KEYS[1], tonumber(ARGV[1])

-- What is there may be a megabyte: only its beginning is looked at.
local function revThere()
  if redis.call('TYPE', key).ok ~= 'string' then return nil end
  local there = tonumber(string.match(redis.call('GETRANGE', key, 0, 16), '^(%d+) '))
  if there and there < 9007199254740992 then return there end
end

local there = revThere()
if there and there >= rev then return 'newer' end
redis.call('SET', key, ARGV[1] .. ' ' .. ARGV[2], 'PX', ARGV[3])
return 'kept'
