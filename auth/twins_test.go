package auth_test

import (
	"context"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sojourn-dev/sojourn/auth"
)

// twins are accounts of which some were made by another program, which takes
// names that fold alike for different ones.
type twins struct {
	*inMemory
	others map[string]auth.Account // by name
}

func (w twins) Find(ctx context.Context, username, key string) (auth.Account, error) {
	if a, ok := w.others[username]; ok {
		return a, nil
	}
	return w.inMemory.Find(ctx, username, key)
}

func (w twins) FindID(ctx context.Context, id string) (auth.Account, error) {
	for _, a := range w.others {
		if a.ID == id {
			return a, nil
		}
	}
	return w.inMemory.FindID(ctx, id)
}

// Ensure that of two accounts whose names fold alike each is reached by its own
// name, and that what is tried at one is not counted, nor forgotten, with what is
// tried at the other: its owner could otherwise guess at the other for ever.
func TestTwins(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		accounts := twins{newInMemory(), map[string]auth.Account{}}
		s := throttled(t, func(o *auth.Options) {
			o.Accounts, o.Secrets, o.AddressRate.Free = accounts, nil, auth.Unlimited
		})
		s.visitor(t).register("ada")
		s.visitor(t).register("model") // whose hash is of the right password
		model, err := accounts.Find(t.Context(), "model", "model")
		if err != nil {
			t.Fatal(err)
		}
		accounts.others["Ada"] = auth.Account{ID: "twin", Username: "Ada", Key: "ada", Hash: model.Hash}

		v := s.visitor(t)
		for _, name := range []string{"Ada", "ada", "ADA", "ａｄａ"} {
			want := "ada"
			if name == "Ada" {
				want = "Ada"
			}
			if !v.logsIn(name) || v.name() != want {
				t.Errorf("%s leads to %s", name, v.name())
			}
		}
		looked := 0
		for range 10 {
			looked += v.guess("ADA", 4)
			if !v.logsIn("Ada") {
				t.Error("who guesses at ada has Ada wait")
			}
		}
		if looked != 5 {
			t.Errorf("%d guesses at ada were looked at, with logins to Ada between them", looked)
		}
		if status, _ := v.login("ada", password); status != http.StatusTooManyRequests {
			t.Errorf("another spelling does not wait: %d", status)
		}
		time.Sleep(time.Second)
		if !v.logsIn("ada") {
			t.Error("after the wait ada cannot log in")
		}
	})
}
