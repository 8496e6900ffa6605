package mongostore_test

import (
	"context"
	"encoding/json"
	"errors"
	"iter"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/sojourn-dev/sojourn/store"
	"github.com/sojourn-dev/sojourn/store/mongostore"
	"github.com/sojourn-dev/sojourn/store/mongostore/envelope"
	"github.com/sojourn-dev/sojourn/store/mongostore/mongotest"
	"github.com/sojourn-dev/sojourn/store/storetest"
)

// open opens a store in a new database, closed with the test.
func open(t testing.TB, o mongostore.Options) *mongostore.Store {
	t.Helper()
	return openAt(t, mongotest.Start(t).URL(), o)
}

func openAt(t testing.TB, url string, o mongostore.Options) *mongostore.Store {
	t.Helper()
	s, err := mongostore.Open(within(t, patience), url, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func hourFromNow() time.Time { return time.Now().Add(time.Hour) }

// reversed is a Crypto that hides nothing, and tells sealed text from other.
type reversed struct{}

func reverse(text string) string {
	b := make([]byte, 0, len(text))
	for i := len(text); i > 0; i-- {
		b = append(b, "0123456789abcdef"[text[i-1]>>4], "0123456789abcdef"[text[i-1]&15])
	}
	return string(b)
}

func (reversed) Seal(plaintext string) (string, error) { return "sealed:" + reverse(plaintext), nil }

func (reversed) Open(text string) (string, error) {
	digits, ok := strings.CutPrefix(text, "sealed:")
	if !ok || len(digits)%2 != 0 {
		return "", errors.New("not sealed")
	}
	b := make([]byte, 0, len(digits)/2)
	for i := len(digits); i > 0; i -= 2 {
		b = append(b, byte(strings.IndexByte("0123456789abcdef", digits[i-2])<<4|strings.IndexByte("0123456789abcdef", digits[i-1])))
	}
	return string(b), nil
}

// records is how many records make several pages. FerretDB looks at all documents of
// a collection for each update, so that more take much longer.
const records = 300

// Ensure that the store keeps the contract, alone and under sessions, in all ways to
// use it.
func TestStoreContract(t *testing.T) {
	t.Parallel()
	codec, err := envelope.New(envelope.Options{Secrets: []string{"the secret of connect-mongo"}})
	if err != nil {
		t.Fatal(err)
	}
	stores := map[string]func(t *testing.T) store.Store{
		"URL":       func(t *testing.T) store.Store { return open(t, mongostore.Options{}) },
		"Documents": func(t *testing.T) store.Store { return anyData{open(t, mongostore.Options{Documents: true})} },
		// A client with the driver's defaults, and all options but Documents.
		"Database": func(t *testing.T) store.Store {
			server := mongotest.Start(t)
			client, err := mongo.Connect(options.Client().ApplyURI(server.URL()))
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { client.Disconnect(context.Background()) })
			s, err := mongostore.New(client.Database(server.Database()), mongostore.Options{
				Collection: "Web sessions.of-ü", Crypto: codec, LastModified: true, NoIndexes: true, SweepBatch: 3,
			})
			if err != nil {
				t.Fatal(err)
			}
			return s
		},
	}
	for name, newStore := range stores {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			storetest.RunWith(t, storetest.Options{Records: records}, newStore)
		})
	}
}

// anyData stores data that a document would not give back byte for byte as the text of
// a member. What sessions store in it stays as it is.
type anyData struct{ *mongostore.Store }

const textMember = `{"text":`

func (a anyData) pack(data string) string {
	if !strings.ContainsAny(data, " \t\r\n\\$.") && !strings.Contains(data, "10e-1") && strings.Count(data, `"a"`) < 2 && data != "" {
		return data
	}
	text := strings.Builder{}
	e := json.NewEncoder(&text)
	e.SetEscapeHTML(false)
	e.Encode(data)
	return textMember + strings.TrimSpace(text.String()) + "}"
}

func (a anyData) unpack(r store.Record) store.Record {
	if strings.HasPrefix(r.Data, textMember) {
		var packed struct{ Text string }
		if json.Unmarshal([]byte(r.Data), &packed) == nil {
			r.Data = packed.Text
		}
	}
	return r
}

func (a anyData) Get(ctx context.Context, id string) (store.Record, error) {
	r, err := a.Store.Get(ctx, id)
	return a.unpack(r), err
}

func (a anyData) Create(ctx context.Context, id, data string, expires time.Time) (store.Version, error) {
	return a.Store.Create(ctx, id, a.pack(data), expires)
}

func (a anyData) Save(ctx context.Context, id, data string, expires time.Time, base store.Version) (store.Version, error) {
	return a.Store.Save(ctx, id, a.pack(data), expires, base)
}

func (a anyData) All(ctx context.Context) iter.Seq2[store.Stored, error] {
	return func(yield func(store.Stored, error) bool) {
		for s, err := range a.Store.All(ctx) {
			s.Record = a.unpack(s.Record)
			if !yield(s, err) {
				return
			}
		}
	}
}
