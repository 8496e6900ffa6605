package fleet

import "testing"

func TestHistogram(t *testing.T) {
	t.Parallel()
	h := new(Histogram)
	if h.Quantile(0.5) != 0 {
		t.Error("nothing has a median")
	}
	for i := range 1000 {
		h.Add(float64(i+1)/1e6, 2)
	}
	h.Add(0, 2)
	h.Add(1e6, 2)
	for q, want := range map[float64]float64{0.1: 1e-4, 0.5: 5e-4, 0.99: 9.9e-4} {
		if got := h.Quantile(q); got < want*0.93 || got > want*1.07 {
			t.Errorf("quantile %v: %v, want %v", q, got, want)
		}
	}
	all := new(Histogram)
	all.Merge(h, 0.5)
	all.Merge(new(Histogram), 1)
	if all.Count() != 1002 || all.Max() != 1e6 || all.Quantile(0.5) != h.Quantile(0.5) {
		t.Errorf("merged: %v, %v", all.Count(), all.Max())
	}
}
