package store_test

import (
	"context"
	"testing"

	"github.com/sojourn-dev/sojourn/store"
)

// session is one of 150 bytes.
const session = `{"cookie":{"originalMaxAge":86400000,"expires":"2030-01-01T00:00:00.000Z","httpOnly":true,"path":"/"},"user":"00000001","x":"xxxxxxxxxxxxxxxxxxxxxxx"}`

const benchID = "YWxsIHlvdXIgc2Vzc2lvbnMgYXJlIG91"

// wrappers are what the benchmarks compare.
func wrappers(t testing.TB) map[string]store.Store {
	encrypt := func(s store.Store) store.Store { return encrypted(t, s, keyOf(t, "a key")) }
	return map[string]store.Store{
		"plain":           newMemory(),
		"HashIDs":         store.HashIDs(newMemory()),
		"Encrypt":         encrypt(newMemory()),
		"HashIDs/Encrypt": store.HashIDs(encrypt(newMemory())),
		"Encrypt/HashIDs": encrypt(store.HashIDs(newMemory())),
	}
}

func BenchmarkGet(b *testing.B) {
	for name, s := range wrappers(b) {
		b.Run(name, func(b *testing.B) {
			if _, err := s.Create(context.Background(), benchID, session, hourFromNow()); err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				if _, err := s.Get(context.Background(), benchID); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkSave(b *testing.B) {
	for name, s := range wrappers(b) {
		b.Run(name, func(b *testing.B) {
			expires := hourFromNow()
			v, err := s.Create(context.Background(), benchID, session, expires)
			b.ReportAllocs()
			for b.Loop() {
				if err != nil {
					b.Fatal(err)
				}
				v, err = s.Save(context.Background(), benchID, session, expires, v)
			}
		})
	}
}
