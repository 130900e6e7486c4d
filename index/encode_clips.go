package index

import (
	"context"
	"fmt"

	"vitrine"
)

// clipRefs are the clips of a product that are embedded.
func (o *Options) clipRefs(p *vitrine.Product) []string {
	if o.Clips == nil {
		return nil
	}
	return p.Clips[:min(len(p.Clips), o.ClipsPerProduct)]
}

// embedClips embeds clips one after another, as each is many pictures. Their vectors follow those of the pictures.
func (o *Options) embedClips(ctx context.Context, jobs []pictureJob, rows []row, e *encoded) error {
	for _, job := range jobs {
		r := rows[job.at]
		vectors, err := o.Clips.Clip(ctx, job.ref)
		if err := ctx.Err(); err != nil {
			return err
		}
		if err != nil {
			e.report.note(Problem{Row: r.number, ID: r.product.ID, Message: fmt.Sprintf("clip %q: %v", job.ref, err)})
			continue
		}
		e.report.Clips++
		o.take(&e.entries[job.at], vitrine.SpaceJoint, vectors, r, &e.report)
	}
	return nil
}
