package opinion

import (
	"context"
	"sync"
	"time"

	"vitrine"
)

// outbox delivers alerts, each sink on its own, so that one that hangs holds up neither texts nor other sinks.
type outbox struct {
	options MonitorOptions
	queues  []chan Alert
	stop    context.CancelFunc
	running sync.WaitGroup
}

func newOutbox(ctx context.Context, o MonitorOptions) *outbox {
	setDefault(&o.Queue, 1000)
	setDefault(&o.Retries, 3)
	setDefault(&o.Pause, time.Second)
	if o.OnError == nil {
		o.OnError = func(error) {}
	}
	b := &outbox{options: o}
	ctx, b.stop = context.WithCancel(context.WithoutCancel(ctx))
	for _, sink := range o.Sinks {
		queue := make(chan Alert, o.Queue)
		b.queues = append(b.queues, queue)
		b.running.Go(func() {
			for {
				select {
				case <-ctx.Done():
					return
				case a := <-queue:
					b.deliver(ctx, sink, &a)
				}
			}
		})
	}
	return b
}

func (b *outbox) deliver(ctx context.Context, sink Sink, a *Alert) {
	pause := b.options.Pause
	var err error
	for try := 0; try <= b.options.Retries; try++ {
		if try > 0 {
			select {
			case <-ctx.Done():
				b.options.OnError(vitrine.Errorf(vitrine.Unavailable, "alert %s: not delivered before the end: %w", a.Rule, err))
				return
			case <-time.After(pause):
			}
			pause *= 2
		}
		if err = sink.Send(ctx, a); err == nil {
			return
		}
	}
	b.options.OnError(vitrine.Errorf(vitrine.Unavailable, "alert %s: not delivered: %w", a.Rule, err))
}

func (b *outbox) send(a *Alert) {
	for _, queue := range b.queues {
		select {
		case queue <- *a:
		default:
			b.options.OnError(vitrine.Errorf(vitrine.Unavailable, "alert %s: too many wait, dropped", a.Rule))
		}
	}
}

// close ends the deliveries.
func (b *outbox) close() {
	b.stop()
	b.running.Wait()
}
