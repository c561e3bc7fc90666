-- What scripts have in common. defineScript.ts puts it in front of each of them.

-- `given`: ms of the epoch by a clock of ours, or '' for this server's own time, which is one time for all nodes.
local function nowOf(given)
  local now = tonumber(given)
  if now then return now end
  local time = redis.call('TIME')
  return tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
end

-- Written by itself, Lua rounds a number of thirteen digits.
local function whole(number) return string.format('%.0f', number) end

