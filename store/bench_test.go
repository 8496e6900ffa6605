package store_test

import (
	"context"
	"testing"

	"github.com/sojourn-dev/sojourn/store"
)

// sample is a session of 150 bytes.
const sample = `{"cookie":{"originalMaxAge":86400000,"expires":"2030-01-01T00:00:00.000Z","httpOnly":true,"path":"/"},"user":"00000001","x":"xxxxxxxxxxxxxxxxxxxxxxx"}`

// each runs a benchmark with a store that holds one session, wrapped and not.
func each(b *testing.B, op func(s store.Store, id string, v store.Version) (store.Version, error)) {
	const id = "YWxsIHlvdXIgc2Vzc2lvbnMgYXJlIG91"
	k := keyOf(b, "a key")
	for _, c := range []struct {
		name string
		wrap func(s store.Store) store.Store
	}{
		{"plain", func(s store.Store) store.Store { return s }},
		{"HashIDs", store.HashIDs},
		{"Encrypt", func(s store.Store) store.Store { return encrypted(b, s, k) }},
		{"HashIDs of Encrypt", func(s store.Store) store.Store { return store.HashIDs(encrypted(b, s, k)) }},
		{"Encrypt of HashIDs", func(s store.Store) store.Store { return encrypted(b, store.HashIDs(s), k) }},
	} {
		b.Run(c.name, func(b *testing.B) {
			s := c.wrap(newMemory())
			v, err := s.Create(context.Background(), id, sample, hourFromNow())
			b.ReportAllocs()
			for b.Loop() {
				if err != nil {
					b.Fatal(err)
				}
				v, err = op(s, id, v)
			}
		})
	}
}

func BenchmarkGet(b *testing.B) {
	each(b, func(s store.Store, id string, v store.Version) (store.Version, error) {
		_, err := s.Get(context.Background(), id)
		return v, err
	})
}

func BenchmarkSave(b *testing.B) {
	expires := hourFromNow()
	each(b, func(s store.Store, id string, v store.Version) (store.Version, error) {
		return s.Save(context.Background(), id, sample, expires, v)
	})
}

func BenchmarkCheckID(b *testing.B) {
	id := "5cZEZHFJ2hfs3BcEFDYQCKRbUNmmOYhw"
	for b.Loop() {
		if err := store.CheckID(id); err != nil {
			b.Fatal(err)
		}
	}
}
