'use strict'

// members returns the members of a session as JSON has them: a map from each name to
// its value's text.
function members (session) {
  const map = new Map()
  for (const [name, value] of Object.entries(JSON.parse(JSON.stringify(session)))) map.set(name, JSON.stringify(value))
  return map
}

// merge returns a record with what a request has changed: the members of which ours,
// {members, values}, differs from view, what the request knew before. A deletion is a
// change. Of a member that both have changed ours stays, as it is the later one.
//
// base is the record that the request knew; only its cookie is needed, of which view
// has what express-session made of it.
function merge (record, base, view, ours) {
  const merged = []
  for (const [name, value] of Object.entries(record)) {
    if (name === 'cookie') {
      merged.push([name, mergeCookie(value, base[name], parse(view.get(name)), parse(ours.members.get(name)))])
    } else if (ours.members.get(name) === view.get(name)) {
      merged.push([name, value]) // also what neither has
    } else if (ours.members.has(name)) {
      merged.push([name, ours.values[name]])
    }
  }
  for (const [name, text] of ours.members) {
    if (!Object.hasOwn(record, name) && text !== view.get(name)) merged.push([name, ours.values[name]])
  }
  return Object.fromEntries(merged) // which sets even "__proto__" as a member
}

function parse (text) {
  return text === undefined ? undefined : JSON.parse(text)
}

// mergeCookie: what the application has done to the cookie is a change, that
// express-session has moved its expiry is none. The later expiry counts.
function mergeCookie (theirs, base, view, ours) {
  if (!theirs || !ours) return ours || theirs
  if (!base || !view || isChanged(view, ours)) return ours
  if (isChanged(base, theirs)) return theirs
  const later = Date.parse(ours.expires) > Date.parse(theirs.expires) ? ours.expires : theirs.expires
  return { ...theirs, expires: later }
}

function isChanged (before, after) {
  const settings = cookie => JSON.stringify({ ...cookie, expires: undefined, originalMaxAge: undefined })
  if (settings(before) !== settings(after)) return true
  if (typeof before.originalMaxAge === 'number' && typeof after.originalMaxAge === 'number') {
    // express-session sets it anew from the clock, and it loses a few milliseconds.
    return Math.abs(before.originalMaxAge - after.originalMaxAge) >= 1000
  }
  return before.originalMaxAge !== after.originalMaxAge || before.expires !== after.expires
}

module.exports = { members, merge }
