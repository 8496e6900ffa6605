-- The script of wrk: each request carries the next cookie of a file, and what
-- was measured is printed as JSON at the end.
local requests, at = {}, 0

function init (args)
  for cookie in io.lines(args[1]) do
    requests[#requests + 1] = wrk.format("GET", nil, { Cookie = cookie })
  end
end

function request ()
  at = at % #requests + 1
  return requests[at]
end

function done (summary, latency)
  local failed = summary.errors
  io.write(string.format(
    '{"requests": %d, "microseconds": %d, "p50": %d, "p99": %d, "connect": %d, "read": %d, "write": %d, "status": %d, "timeout": %d}\n',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
    failed.connect, failed.read, failed.write, failed.status, failed.timeout))
end
