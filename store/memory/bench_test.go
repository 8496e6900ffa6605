package memory_test

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sojourn-dev/sojourn/store/memory"
)

const million = 1_000_000

// stride is a prime, so that neighbours in time are not neighbours in memory.
const stride = 7919

// each runs a benchmark in a store that fits into a processor's cache and in one
// that does not. One iteration of op is one operation on the given id.
func each(b *testing.B, op func(s *memory.Store, id string, expires time.Time) error) {
	for _, n := range []int{1000, million} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			s, ids := filled(b, n)
			expires := time.Now().Add(2 * time.Hour)
			i := 0
			b.ReportAllocs()
			for b.Loop() {
				expires = expires.Add(time.Microsecond)
				if err := op(s, ids[i], expires); err != nil {
					b.Fatal(err)
				}
				i = (i + stride) % n
			}
		})
	}
}

func BenchmarkGet(b *testing.B) {
	each(b, func(s *memory.Store, id string, _ time.Time) error {
		_, err := s.Get(context.Background(), id)
		return err
	})
}

func BenchmarkGetAndSave(b *testing.B) {
	data := record(0)
	each(b, func(s *memory.Store, id string, expires time.Time) error {
		r, err := s.Get(context.Background(), id)
		if err != nil {
			return err
		}
		_, err = s.Save(context.Background(), id, data, expires, r.Version)
		return err
	})
}

func BenchmarkTouch(b *testing.B) {
	each(b, func(s *memory.Store, id string, expires time.Time) error {
		return s.Touch(context.Background(), id, expires)
	})
}

func BenchmarkDeleteAndCreate(b *testing.B) {
	data := record(0)
	each(b, func(s *memory.Store, id string, expires time.Time) error {
		if err := s.Delete(context.Background(), id, ""); err != nil {
			return err
		}
		_, err := s.Create(context.Background(), id, data, expires)
		return err
	})
}

// BenchmarkParallel is nine Gets to one Touch, on all processors.
func BenchmarkParallel(b *testing.B) {
	for _, o := range []memory.Options{{}, {MaxSessions: 2 * million}} {
		b.Run(fmt.Sprintf("max=%d", o.MaxSessions), func(b *testing.B) {
			ids := makeIDs(million)
			s := fill(b, memory.New(o), ids)
			expires := time.Now().Add(2 * time.Hour)
			var workers atomic.Int64
			b.ReportAllocs()
			b.ResetTimer()
			b.RunParallel(func(pb *testing.PB) {
				for i := int(workers.Add(1)) * 1000; pb.Next(); i++ {
					id := ids[i*stride%million]
					var err error
					if i%10 == 0 {
						err = s.Touch(context.Background(), id, expires)
					} else {
						_, err = s.Get(context.Background(), id)
					}
					if err != nil {
						b.Error(err)
						return
					}
				}
			})
		})
	}
}

// BenchmarkMemory reports what a session takes, its id of 32 bytes and its record
// included, and what is left of that after all sessions have been deleted. The
// record of a session without a lifetime of its own has 156 bytes, that of one
// that has one 182, and one without a cookie, which is kept whole, 156 as well.
func BenchmarkMemory(b *testing.B) {
	const session = `,"user":"0123456789abcdef","role":"admin","n":41}`
	const settings = `"secure":false,"httpOnly":true,"path":"/","sameSite":"lax"}`
	for _, c := range []struct {
		name string
		data func(i int) string
	}{
		{"plain", func(int) string {
			return `{"cookie":{"originalMaxAge":null,"expires":null,` + settings + session
		}},
		{"lasting", func(i int) string {
			at := time.UnixMilli(int64(i)).UTC().Format("2006-01-02T15:04:05.000Z")
			return `{"cookie":{"originalMaxAge":86400000,"expires":"` + at + `",` + settings + session
		}},
		{"whole", func(int) string {
			return `{"cookies":{"originalMaxAge":null,"expires":null` + settings + session
		}},
	} {
		for _, n := range []int{1000, million, 1<<20 + 1, 5 * million} {
			b.Run(fmt.Sprint(c.name, "/", n), func(b *testing.B) {
				ids := makeIDs(n)
				expires := time.Now().Add(time.Hour)
				for b.Loop() {
					before := heap()
					s := memory.New(memory.Options{})
					for i, id := range ids {
						if _, err := s.Create(context.Background(), id, c.data(i), expires); err != nil {
							b.Fatal(err)
						}
					}
					used := heap() - before
					for _, id := range ids {
						if err := s.Delete(context.Background(), id, ""); err != nil {
							b.Fatal(err)
						}
					}
					left := heap() - before
					runtime.KeepAlive(s)
					b.ReportMetric(float64(used)/float64(n), "B/session")
					b.ReportMetric(float64(left)/float64(n), "B/session-after")
				}
				runtime.KeepAlive(ids)
			})
		}
	}
}

// BenchmarkExpiry reports how long a Touch takes while half of a million
// sessions expire at one instant, and for comparison while none does.
func BenchmarkExpiry(b *testing.B) {
	for _, c := range []struct {
		name string
		mod  int
	}{{"none", million + 1}, {"half", 2}} {
		b.Run(c.name, func(b *testing.B) {
			ids := makeIDs(million)
			s := memory.New(memory.Options{})
			expiry := time.Now().Add(10 * time.Second)
			for i, id := range ids {
				expires := expiry
				if i%c.mod != 0 {
					expires = expiry.Add(time.Hour)
				}
				if _, err := s.Create(context.Background(), id, record(i), expires); err != nil {
					b.Fatal(err)
				}
			}
			runtime.GC()
			time.Sleep(time.Until(expiry))
			took := make([]time.Duration, 0, 1<<20)
			i := 1
			for b.Loop() {
				start := time.Now()
				err := s.Touch(context.Background(), ids[i], expiry)
				took = append(took, time.Since(start))
				if err != nil {
					b.Fatal(err)
				}
				i = (i + 2*stride) % million
			}
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)*999/1000])/1e3, "p99.9-µs")
			b.ReportMetric(float64(took[len(took)-1])/1e3, "max-µs")
			b.ReportMetric(float64(s.Held()), "held")
		})
	}
}

func filled(b *testing.B, n int) (*memory.Store, []string) {
	ids := makeIDs(n)
	return fill(b, memory.New(memory.Options{}), ids), ids
}

func fill(b *testing.B, s *memory.Store, ids []string) *memory.Store {
	b.Helper()
	expires := time.Now().Add(time.Hour)
	for i, id := range ids {
		if _, err := s.Create(context.Background(), id, record(i), expires); err != nil {
			b.Fatal(err)
		}
	}
	return s
}

// record returns a session of 150 bytes.
func record(i int) string {
	const head = `{"cookie":{"originalMaxAge":86400000,"expires":"2030-01-01T00:00:00.000Z","httpOnly":true,"path":"/"},"user":"`
	return head + fmt.Sprintf("%08d", i) + `","x":"` + strings.Repeat("x", 150-len(head)-17) + `"}`
}

func heap() int {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc)
}
