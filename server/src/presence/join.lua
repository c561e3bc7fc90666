-- Lets one connection of a user in, where there is room. Called by redisPresence.ts.
--
-- Decides: who would be one more than the user may have, over all nodes, is not written. Atomic because two nodes that each
-- read first and wrote then would both let in the last one. Safe to run twice: who is written already is let in.
--
-- KEYS[1]  the user's connections, a hash {«<node> <connection>»: JSON}
-- ARGV[1]  the field   ARGV[2] its value
-- ARGV[3]  so many may be there   ARGV[4] after so many ms without a word the whole key is forgotten
--
-- Replies  {'in'}    written
--          {'full'}  nothing was changed
--          {'in' or 'full', 'dropped'}  what was there could not be read, and is gone
local key, field, most = KEYS[1], ARGV[1], tonumber(ARGV[3])

local kind = redis.call('TYPE', key).ok
local isOurs = kind == 'none' or kind == 'hash'
if not isOurs then redis.call('UNLINK', key) end

local function answer(word)
  if isOurs then return { word } end
  return { word, 'dropped' }
end

if redis.call('HEXISTS', key, field) == 0 and redis.call('HLEN', key) >= most then return answer('full') end
redis.call('HSET', key, field, ARGV[2])
redis.call('PEXPIRE', key, ARGV[4])
return answer('in')
