package auth_test

import (
	"cmp"
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"

	"github.com/sojourn-dev/sojourn/auth"
)

const (
	latencyCost = 4
	// latencyRounds all have to tell the two apart: by chance, each does so
	// once in a hundred times.
	latencyRounds = 3
)

// Ensure that nobody can tell from how long a login takes whether there is such
// an account: over 200 tries each, the two distributions are the same to a
// Mann-Whitney test. It is not parallel, so that nothing else here is at work
// meanwhile.
func TestSameLatency(t *testing.T) {
	users := latencyUsers(t)
	if toldApart(t, users, "Eve", 200) {
		t.Error("an unknown user can be told from a wrong password")
	}
	if toldApart(t, users, "a\nb", 200) {
		t.Error("a name that nobody can have can be told from a wrong password")
	}
}

// Ensure that the test above would find it.
func TestSameLatencyCanFail(t *testing.T) {
	users := latencyUsers(t)
	hash, err := bcrypt.GenerateFromPassword([]byte("of nobody"), latencyCost+1)
	if err != nil {
		t.Fatal(err)
	}
	if !toldApart(t, otherWork{users, string(hash)}, "Eve", 50) {
		t.Error("twice the work for an unknown user was not noticed")
	}
}

// latencyUsers returns accounts in a database. Not with the race detector,
// which makes reading a row take a hundred times as long, as it is written in
// Go: that would be measured in place of hashes of the lowest cost.
func latencyUsers(t *testing.T) auth.Accounts {
	if raceDetector {
		return newInMemory()
	}
	users, _ := openUsers(t)
	return users
}

// otherWork are accounts that have other work done for an unknown user.
type otherWork struct {
	auth.Accounts
	hash string
}

func (o otherWork) Find(ctx context.Context, username, key string) (auth.Account, error) {
	a, err := o.Accounts.Find(ctx, username, key)
	if errors.Is(err, auth.ErrNoAccount) {
		return auth.Account{Hash: o.hash}, nil
	}
	return a, err
}

// toldApart reports whether a login as unknown takes another time than one
// with a wrong password, in every round.
func toldApart(t *testing.T, accounts auth.Accounts, unknown string, tries int) bool {
	o := cheap(accounts)
	o.Cost = latencyCost
	a := newAuth(t, o)
	r := requestWithoutSession(t)
	err := a.CreateAccount(r, auth.Credentials{Username: "Ada", Password: password})
	if err != nil && !errors.Is(err, auth.ErrNameTaken) { // taken by her, the time before
		t.Fatal(err)
	}
	login := func(name string) float64 {
		start := time.Now()
		_, err := a.Login(httptest.NewRecorder(), r, auth.Credentials{Username: name, Password: "wrong password"})
		took := time.Since(start)
		if !errors.Is(err, auth.ErrCredentials) || err.Error() != auth.ErrCredentials.Error() {
			t.Fatal(err)
		}
		return float64(took)
	}
	for range latencyRounds {
		var some, none []float64
		for range tries { // in turns, so that a busy machine is busy for both
			if rand.IntN(2) == 0 {
				some = append(some, login("Ada"))
				none = append(none, login(unknown))
			} else {
				none = append(none, login(unknown))
				some = append(some, login("Ada"))
			}
		}
		p := mannWhitney(some, none)
		t.Logf("%q: medians %v and %v, p = %.3g", unknown, median(some), median(none), p)
		if p > 0.01 {
			return false
		}
	}
	return true
}

func median(x []float64) time.Duration {
	return time.Duration(slices.Sorted(slices.Values(x))[len(x)/2])
}

// mannWhitney returns how likely it is that two samples of the same
// distribution differ as much as these: the two-sided p of the Mann-Whitney U
// test, by the normal approximation, corrected for ties and continuity.
func mannWhitney(x, y []float64) float64 {
	type value struct {
		v     float64
		fromX bool
	}
	var all []value
	for _, v := range x {
		all = append(all, value{v, true})
	}
	for _, v := range y {
		all = append(all, value{v, false})
	}
	slices.SortFunc(all, func(a, b value) int { return cmp.Compare(a.v, b.v) })
	var ranks, ties float64 // ranks: of x
	for i := 0; i < len(all); {
		j := i
		for j < len(all) && all[j].v == all[i].v {
			j++
		}
		same := float64(j - i)
		ties += same*same*same - same
		for ; i < j; i++ {
			if all[i].fromX {
				ranks += float64(j) - (same-1)/2
			}
		}
	}
	n, m := float64(len(x)), float64(len(y))
	u := ranks - n*(n+1)/2
	variance := n * m / 12 * (n + m + 1 - ties/((n+m)*(n+m-1)))
	if variance == 0 {
		return 1
	}
	z := max(math.Abs(u-n*m/2)-0.5, 0) / math.Sqrt(variance)
	return math.Erfc(z / math.Sqrt2)
}

// Ensure that the statistic is right, on values that were worked out by hand.
func TestMannWhitney(t *testing.T) {
	t.Parallel()
	ten := []float64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}
	for _, test := range []struct {
		x, y []float64
		want float64
	}{
		{ten, ten, 1},
		{[]float64{1, 1}, []float64{1, 1, 1}, 1},
		// U is 0, its deviation sqrt(5*5*11/12), so z is 12/4.787 = 2.507.
		{[]float64{1, 2, 3, 4, 5}, []float64{6, 7, 8, 9, 10}, 0.01219},
		{[]float64{6, 7, 8, 9, 10}, []float64{1, 2, 3, 4, 5}, 0.01219},
		// U is 2, the deviation sqrt(16/12*(9-12/56)) with two ties of two, z is 5.5/3.423.
		{[]float64{1, 2, 3, 4}, []float64{3, 4, 5, 6}, 0.1081},
	} {
		if got := mannWhitney(test.x, test.y); math.Abs(got-test.want) > 0.0005 {
			t.Errorf("%v and %v: p = %.5f, want %.5f", test.x, test.y, got, test.want)
		}
	}
}
