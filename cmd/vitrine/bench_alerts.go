package main

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"vitrine"
	"vitrine/configs"
	"vitrine/insight/opinion"
)

// alertsReport is the JSON of `bench alerts`: means over the months simulated, but for the delays.
type alertsReport struct {
	Months int `json:"months"`
	Texts  int `json:"texts"`
	Bursts int `json:"bursts"`
	// Precision is the share of alerts that came during a burst or soon after, Recall the share of bursts with an alert.
	Precision   float64 `json:"precision"`
	Recall      float64 `json:"recall"`
	FalseAlarms float64 `json:"false_alarms_per_month"`
	// Delays are from the begin of a burst to its first alert.
	MedianDelay float64 `json:"median_delay_hours"`
	MaxDelay    float64 `json:"max_delay_hours"`
	PerSecond   float64 `json:"texts_per_second"`
}

// burstPlan is how a month is simulated.
type burstPlan struct {
	// history is how many days pass before the month, days how long it is, bursts how many there are in it and hours how long each lasts.
	history, days, bursts, hours int
	// rate is the usual number of texts an hour, over all hours of a day; negative the usual share of complaints; burst how many complaints an
	// hour come on top.
	rate, negative, burst float64
	seed                  uint64
}

func newBenchAlerts(s *settings) *cobra.Command {
	plan := burstPlan{history: 14, days: 30, hours: 6}
	var months int
	cmd := &cobra.Command{
		Use:   "alerts",
		Short: "Measure how soon and how surely bursts of complaints are noticed",
		Long: "Simulates months of short reviews in English and Chinese that come and go with the hour of the day, throws bursts of complaints in, and lets\n" +
			"the opinion monitor read every text with the rules of the settings, by the lexicon and the Chinese model, without vectors.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if months < 1 || plan.bursts < 1 || plan.rate <= 0 || plan.burst <= 0 || plan.negative < 0 || plan.negative >= 1 {
				return vitrine.Errorf(vitrine.Invalid, "bench alerts: months, bursts, rate and burst must be above 0, the share of complaints in 0 … 1")
			}
			if plan.bursts > plan.days {
				return vitrine.Errorf(vitrine.Invalid, "bench alerts: %d bursts do not fit %d days", plan.bursts, plan.days)
			}
			config, err := s.config()
			if err != nil {
				return err
			}
			report, err := benchAlerts(cmd.Context(), config, plan, months)
			if err != nil {
				return err
			}
			return s.print(cmd, report, func() {
				cmd.Printf("%d months, %d texts, %d bursts\nprecision %.3f  recall %.3f  false alarms a month %.2f  delay median %.2f h, longest %.2f h\n%.0f texts/s\n",
					report.Months, report.Texts, report.Bursts, report.Precision, report.Recall, report.FalseAlarms, report.MedianDelay, report.MaxDelay, report.PerSecond)
			})
		},
	}
	flags := cmd.Flags()
	flags.IntVar(&months, "months", 5, "months, each with another seed")
	flags.IntVar(&plan.bursts, "bursts", 10, "bursts a month")
	flags.Float64Var(&plan.rate, "rate", 10, "usual texts an hour, on the mean of a day")
	flags.Float64Var(&plan.negative, "complaints", 0.2, "usual share of complaints")
	flags.Float64Var(&plan.burst, "burst", 8, "complaints an hour that a burst adds")
	flags.Uint64Var(&plan.seed, "seed", 1, "makes the months repeatable")
	return cmd
}

func benchAlerts(ctx context.Context, config *configs.Config, plan burstPlan, months int) (*alertsReport, error) {
	analyst, err := opinion.NewAnalyst(opinion.AnalystOptions{})
	if err != nil {
		return nil, err
	}
	report := &alertsReport{Months: months}
	var delays []float64
	var alerts, trueAlerts, falseAlarms int
	began := time.Now()
	for month := range months {
		plan.seed += uint64(month)
		texts, bursts := plan.simulate()
		monitor, err := opinion.NewMonitor(ctx, opinion.MonitorOptions{
			Recent:  4000,
			Analyst: analyst, Rules: opinionRules(&config.Opinions), Now: func() time.Time { return texts[len(texts)-1].Time },
		})
		if err != nil {
			return nil, err
		}
		const batch = 64
		for part := range slices.Chunk(texts, batch) {
			if _, err := monitor.Add(ctx, part); err != nil {
				return nil, joinClose(err, monitor.Close)
			}
		}
		first := map[int]time.Time{}
		for _, a := range monitor.Alerts(time.Time{}, len(texts)) {
			alerts++
			// What is left of a burst is still in the window of a rule two hours after it ends.
			const after = 2 * time.Hour
			i := slices.IndexFunc(bursts, func(at time.Time) bool {
				return !a.Time.Before(at) && a.Time.Before(at.Add(time.Duration(plan.hours)*time.Hour+after))
			})
			if i < 0 {
				falseAlarms++
				continue
			}
			trueAlerts++
			if at, seen := first[i]; !seen || a.Time.Before(at) {
				first[i] = a.Time
			}
		}
		for i, at := range first {
			delays = append(delays, at.Sub(bursts[i]).Hours())
		}
		report.Texts += len(texts)
		report.Bursts += len(bursts)
		if err := monitor.Close(); err != nil {
			return nil, err
		}
	}
	report.PerSecond = float64(report.Texts) / time.Since(began).Seconds()
	report.Recall = float64(len(delays)) / float64(report.Bursts)
	report.FalseAlarms = float64(falseAlarms) / float64(months)
	if alerts > 0 {
		report.Precision = float64(trueAlerts) / float64(alerts)
	}
	if len(delays) > 0 {
		slices.Sort(delays)
		report.MedianDelay, report.MaxDelay = delays[len(delays)/2], delays[len(delays)-1]
	}
	return report, nil
}

// simulate gives the texts of the history and the month in order of time, and when its bursts begin.
func (p burstPlan) simulate() ([]opinion.Text, []time.Time) {
	rng := rand.New(rand.NewPCG(p.seed, 0x6d6f6e)) //nolint:gosec // a simulation
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	month := start.AddDate(0, 0, p.history)
	// A burst begins at any minute of a day drawn for it, and is over before the next day's can begin.
	days := rng.Perm(p.days)[:p.bursts]
	slices.Sort(days)
	var bursts []time.Time
	for _, d := range days {
		bursts = append(bursts, month.AddDate(0, 0, d).Add(time.Duration(rng.IntN(12*60))*time.Minute))
	}
	var texts []opinion.Text
	add := func(hour time.Time, minutes int, n int, negative bool) {
		for range n {
			texts = append(texts, opinion.Text{
				ID: fmt.Sprint(len(texts)), Text: review(rng, negative), Time: hour.Add(time.Duration(rng.Float64() * float64(minutes) * float64(time.Minute))),
				Product: fmt.Sprint("product-", rng.IntN(20)),
			})
		}
	}
	for hour := start; hour.Before(month.AddDate(0, 0, p.days)); hour = hour.Add(time.Hour) {
		// Quiet at four in the morning, busy at four in the afternoon, a third more at the weekend.
		rate := p.rate * (1 - 0.8*math.Cos(2*math.Pi*float64(hour.Hour()-4)/24))
		if d := hour.Weekday(); d == time.Saturday || d == time.Sunday {
			rate *= 1.3
		}
		add(hour, 60, poisson(rng, rate*p.negative), true)
		add(hour, 60, poisson(rng, rate*(1-p.negative)), false)
	}
	for _, at := range bursts {
		add(at, 60*p.hours, poisson(rng, p.burst*float64(p.hours)), true)
	}
	slices.SortStableFunc(texts, func(a, b opinion.Text) int { return a.Time.Compare(b.Time) })
	return texts, bursts
}

// poisson draws a count (Knuth's method, in pieces that do not underflow).
func poisson(rng *rand.Rand, mean float64) int {
	n := 0
	for mean > 0 {
		const piece = 100
		limit := math.Exp(-min(mean, piece))
		for product := rng.Float64(); product > limit; product *= rng.Float64() {
			n++
		}
		mean -= piece
	}
	return n
}

// review makes up a short review. The number keeps any two of them from being copies.
func review(rng *rand.Rand, negative bool) string {
	pick := func(list ...string) string { return list[rng.IntN(len(list))] }
	if rng.IntN(3) == 0 {
		if negative {
			return fmt.Sprintf("%s第%d次买，%s，%s。", pick("", "唉，", "真的，"), rng.IntN(90)+1,
				pick("质量太差了", "快递慢得要命", "客服态度很差", "用了两天就坏了", "颜色和图片完全不一样", "包装都破了"), pick("非常失望", "要求退货", "再也不买了", "不推荐", "很后悔"))
		}
		return fmt.Sprintf("%s第%d次买，%s，%s。", pick("", "嗯，", "真的，"), rng.IntN(90)+1,
			pick("质量很好", "物流很快", "客服很热情", "穿着很舒服", "颜色很漂亮", "做工不错"), pick("非常满意", "推荐", "下次还来", "性价比高", "家人也喜欢"))
	}
	thing := pick("jacket", "kettle", "phone", "lamp", "dress", "blender", "chair", "watch", "bag", "speaker", "camera", "shirt")
	who := pick("My wife", "My son", "A friend", "My colleague", "I", "My mother", "We", "My daughter", "Our neighbour", "My brother")
	days := rng.IntN(60) + 2
	if negative {
		return fmt.Sprintf("%s had this %s for %d days. %s %s", who, thing, days,
			pick("It broke and is useless.", "The quality is terrible.", "It arrived damaged, awful packaging.", "It is a waste of money.", "The worst one ever.", "It failed badly."),
			pick("Very disappointed.", "I hate it.", "Horrible support too.", "I am angry and want a refund.", "Avoid this.", "Bad service."))
	}
	return fmt.Sprintf("%s had this %s for %d days. %s %s", who, thing, days,
		pick("It works great.", "The quality is excellent.", "It came on Monday.", "It is a good bargain.", "The colour is lovely.", "It does what it says."),
		pick("Very happy.", "We love it.", "Recommended.", "The size is as expected.", "Great service.", "No complaints."))
}
