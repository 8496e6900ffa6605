package engine

import (
	"context"
	"iter"
	"strings"

	"github.com/sojourn-dev/sojourn/store"
)

const (
	scanCount = "1000" // how many keys the server looks at in one step
	batch     = 64     // how many records are read in one go
)

// All implements [store.Lister]. It walks the keys of one primary after the other
// with SCAN, and reads the records in batches.
//
// SCAN itself may return a key twice, when the server's table of keys shrinks
// meanwhile. All leaves out what it has yielded as one of the last 16,384, which
// is all that can come again unless the table shrinks to less than a ten-thousandth
// while it is walked. A record whose slot of a cluster moves to another node
// meanwhile may come again, or not at all.
func (s *Store) All(ctx context.Context) iter.Seq2[store.Stored, error] {
	return func(yield func(store.Stored, error) bool) {
		for keys, err := range s.keys(ctx, s.options.Prefix, "string") {
			var records []store.Stored
			if err == nil {
				records, err = s.readAll(ctx, keys)
			}
			if err != nil {
				yield(store.Stored{}, wrap("list", err))
				return
			}
			for _, r := range records {
				// The loop may take its time.
				if err := ctx.Err(); err != nil {
					yield(store.Stored{}, wrap("list", err))
					return
				}
				if !yield(r, nil) {
					return
				}
			}
		}
	}
}

// readAll returns those of a batch that are still there.
func (s *Store) readAll(ctx context.Context, keys []string) ([]store.Stored, error) {
	commands := make([]Command, len(keys))
	for i, key := range keys {
		commands[i] = s.scripts.get.bySHA(key)
	}
	var records []store.Stored
	for i, reply := range s.doAll(ctx, commands, s.client.DoAll) {
		v, err := reply.Value, reply.Err
		if unknownScript(err) {
			v, err = s.run(ctx, s.scripts.get, keys[i])
		}
		if e, ok := err.(ServerError); ok && e.code() == "WRONGTYPE" {
			continue // somebody has replaced it since the scan
		}
		if err != nil {
			return nil, err
		}
		r, ok, err := record(v)
		if err != nil {
			return nil, err
		}
		if ok {
			records = append(records, store.Stored{ID: keys[i][len(s.options.Prefix):], Record: r})
		}
	}
	return records, nil
}

// Count implements [store.Counter]. It walks all keys of the database, as there
// is no index of them.
func (s *Store) Count(ctx context.Context) (int, error) {
	n := 0
	for keys, err := range s.keys(ctx, s.options.Prefix, "string") {
		if err != nil {
			return 0, wrap("count", err)
		}
		n += len(keys)
	}
	return n, nil
}

// Clear implements [store.Clearer]. It deletes the records in batches, and what
// AddUserSession has noted.
func (s *Store) Clear(ctx context.Context) error {
	if s.cache != nil {
		defer s.cache.Flush()
	}
	for prefix, kind := range map[string]string{s.options.Prefix: "string", s.notesPrefix(): "zset"} {
		for keys, err := range s.keys(ctx, prefix, kind) {
			if err == nil {
				err = s.unlink(ctx, keys)
			}
			if err != nil {
				return wrap("clear", err)
			}
		}
	}
	return nil
}

// unlink deletes keys one by one, as each may be in a slot of its own.
func (s *Store) unlink(ctx context.Context, keys []string) error {
	commands := make([]Command, len(keys))
	for i, key := range keys {
		commands[i] = Command{[]string{"UNLINK", key}, 1}
	}
	for _, r := range s.doAll(ctx, commands, s.client.DoAll) {
		if r.Err != nil {
			return r.Err
		}
	}
	return nil
}

// keys yields, in batches, the keys of a type that are a prefix and something
// that could be an id. Those of users are not checked further.
func (s *Store) keys(ctx context.Context, prefix, kind string) iter.Seq2[[]string, error] {
	return func(yield func([]string, error) bool) {
		if err := s.check(ctx); err != nil {
			yield(nil, err)
			return
		}
		nodes, err := s.primaries(ctx)
		if err != nil {
			yield(nil, err)
			return
		}
		seen, pattern := newWindow(), literal(prefix)+"*"
		for _, node := range nodes {
			for cursor := "0"; ; {
				var found []string
				if cursor, found, err = s.scan(ctx, node, cursor, pattern, kind); err != nil {
					yield(nil, err)
					return
				}
				var keys []string
				for _, key := range found {
					rest, ok := strings.CutPrefix(key, prefix)
					if ok && (kind != "string" || store.CheckID(rest) == nil) && seen.first(key) {
						keys = append(keys, key)
					}
				}
				for len(keys) > 0 {
					n := min(batch, len(keys))
					if !yield(keys[:n], nil) {
						return
					}
					keys = keys[n:]
				}
				if cursor == "0" {
					break
				}
			}
		}
	}
}

// scan is one step of a walk.
func (s *Store) scan(ctx context.Context, node Client, cursor, pattern, kind string) (next string, keys []string, err error) {
	r := s.do(ctx, node, Command{Args: []string{"SCAN", cursor, "MATCH", pattern, "COUNT", scanCount, "TYPE", kind}})
	if r.Err != nil {
		return "", nil, r.Err
	}
	pair, _ := r.Value.([]any)
	if len(pair) != 2 {
		return "", nil, errReply
	}
	next, ok := pair[0].(string)
	list, isList := pair[1].([]any)
	if !ok || !isList && pair[1] != nil {
		return "", nil, errReply
	}
	for _, v := range list {
		key, ok := v.(string)
		if !ok {
			return "", nil, errReply
		}
		keys = append(keys, key)
	}
	return next, keys, nil
}

// literal returns the pattern that matches a text and nothing else. Unescaped, a
// prefix with a star would match, and Clear delete, what is somebody else's.
func literal(text string) string {
	var b strings.Builder
	for i := range len(text) {
		if strings.IndexByte(`*?[]^-\`, text[i]) >= 0 {
			b.WriteByte('\\')
		}
		b.WriteByte(text[i])
	}
	return b.String()
}
