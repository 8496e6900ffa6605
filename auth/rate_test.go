package auth_test

import (
	"flag"
	"fmt"
	"testing"
	"time"

	"github.com/sojourn-dev/sojourn/auth"
)

func TestRateText(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]auth.Rate{
		"off":         {Free: auth.Unlimited},
		"5":           {Free: 5},
		"0":           {},
		"10,2s":       {Free: 10, Wait: 2 * time.Second},
		"10,2s,1h":    {Free: 10, Wait: 2 * time.Second, MaxWait: time.Hour},
		"10,,1h":      {Free: 10, MaxWait: time.Hour},
		",2s":         {Wait: 2 * time.Second},
		"1000,1ns,1h": {Free: 1000, Wait: 1, MaxWait: time.Hour},
	} {
		var got auth.Rate
		if err := got.UnmarshalText([]byte(text)); err != nil || got != want {
			t.Errorf("%q: %+v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", ",", "-1", "+5", "5x", "1001", "5,1", "5,-1s", "5,2s,1s", "5,1s,", "5,1s,1h,", "Off", " 5"} {
		got := auth.Rate{Free: 7}
		if err := got.UnmarshalText([]byte(text)); err == nil || got.Free != 7 {
			t.Errorf("%q: %+v, %v", text, got, err)
		}
	}
}

// Ensure that what is written is read as the same.
func FuzzRate(f *testing.F) {
	for _, seed := range []string{"off", "5,1s,15m", "5,,1h", ",1s", "1000,1ns,2540400h", "", "5,1s,"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var once, twice auth.Rate
		if once.UnmarshalText([]byte(text)) != nil {
			return
		}
		written, err := once.MarshalText()
		if err != nil {
			t.Fatal(err)
		}
		if err := twice.UnmarshalText(written); err != nil || twice != once {
			t.Errorf("%q is %+v, written %q, read %+v (%v)", text, once, written, twice, err)
		}
	})
}

// A rate is a value for a flag.
func ExampleRate() {
	var o auth.Options
	flags := flag.NewFlagSet("serve", flag.ContinueOnError)
	flags.TextVar(&o.LoginRate, "login-rate", auth.Rate{Free: 5, Wait: time.Second, MaxWait: 15 * time.Minute}, "free,wait,maxwait or off")
	for _, argument := range []string{"-login-rate=3,2s", "-login-rate=off"} {
		if err := flags.Parse([]string{argument}); err != nil {
			fmt.Println(err)
		}
		fmt.Println(o.LoginRate.Free, o.LoginRate.Wait)
	}
	// Output:
	// 3 2s
	// -1 0s
}
