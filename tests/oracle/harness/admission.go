package oracle

import (
	"context"
	"errors"
	"fmt"
	"strings"

	batchv1 "k8s.io/api/batch/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	genericapirequest "k8s.io/apiserver/pkg/endpoints/request"
	"k8s.io/apiserver/pkg/registry/rest"
	"k8s.io/kubernetes/pkg/api/legacyscheme"
	"k8s.io/kubernetes/pkg/apis/batch"
	_ "k8s.io/kubernetes/pkg/apis/batch/install" // registers the types and their defaults
	_ "k8s.io/kubernetes/pkg/apis/core/install"
	"k8s.io/kubernetes/pkg/capabilities"
	cronstrategy "k8s.io/kubernetes/pkg/registry/batch/cronjob"
	jobstrategy "k8s.io/kubernetes/pkg/registry/batch/job"
)

func init() {
	// As clusters are installed: privileged containers are legal.
	capabilities.Setup(true, 0)
}

// decodeDefaulted reads a manifest as the API server does: unknown fields are dropped, defaults
// are filled in.
func decodeDefaulted(manifest []byte) (runtime.Object, error) {
	d := legacyscheme.Codecs.UniversalDecoder(
		schema.GroupVersion{Group: "batch", Version: runtime.APIVersionInternal},
		schema.GroupVersion{Group: "", Version: runtime.APIVersionInternal},
	)
	o, _, err := d.Decode(manifest, nil, nil)
	return o, err
}

// requestContext is what the strategies look at: since declarative validation also the verb and the
// subresource.
func requestContext(resource, verb, name, subresource string) context.Context {
	ctx := genericapirequest.WithNamespace(genericapirequest.NewContext(), namespace)
	return genericapirequest.WithRequestInfo(ctx, &genericapirequest.RequestInfo{
		IsResourceRequest: true,
		Verb:              verb,
		APIGroup:          "batch",
		APIVersion:        "v1",
		Resource:          resource,
		Subresource:       subresource,
		Namespace:         namespace,
		Name:              name,
	})
}

// refusal turns an error into the two fields of a Result.
func refusal(err error) ([]string, []byte) {
	var status *apierrors.StatusError
	if errors.As(err, &status) {
		return []string{status.Error()}, encode(status.ErrStatus)
	}
	return []string{err.Error()}, nil
}

// admitJob is a user's create: the Job as it would be stored, and the warnings.
func admitJob(manifest []byte) (*batchv1.Job, []string, error) {
	o, err := decodeDefaulted(manifest)
	if err != nil {
		return nil, nil, err
	}
	j, ok := o.(*batch.Job)
	if !ok {
		return nil, nil, fmt.Errorf("not a Job: %T", o)
	}
	ctx := requestContext("jobs", "create", j.Name, "")
	rest.FillObjectMetaSystemFields(j)
	// The UID is random; it is also in the generated labels and the selector, and in messages.
	// What takes its place is part of JSON, whatever the name has in it.
	quoted := string(encode("uid-" + j.Name))
	uid, fixed := string(j.UID), quoted[1:len(quoted)-1]
	if err := rest.BeforeCreate(jobstrategy.Strategy, ctx, j); err != nil {
		var status *apierrors.StatusError
		if errors.As(err, &status) {
			text := strings.ReplaceAll(string(encode(status.ErrStatus)), uid, fixed)
			err = &apierrors.StatusError{ErrStatus: *must(decode[metav1.Status]([]byte(text)))}
		}
		return nil, nil, err
	}
	warnings := jobstrategy.Strategy.WarningsOnCreate(ctx, j)
	external, err := toExternal(j)
	if err != nil {
		return nil, warnings, err
	}
	out, err := decode[batchv1.Job]([]byte(strings.ReplaceAll(string(encode(external)), uid, fixed)))
	if err != nil {
		return nil, warnings, err
	}
	out.Namespace = namespace
	return out, warnings, nil
}

// admitCronJob is the same for a CronJob.
func admitCronJob(manifest []byte) (*batchv1.CronJob, []string, error) {
	o, err := decodeDefaulted(manifest)
	if err != nil {
		return nil, nil, err
	}
	c, ok := o.(*batch.CronJob)
	if !ok {
		return nil, nil, fmt.Errorf("not a CronJob: %T", o)
	}
	ctx := requestContext("cronjobs", "create", c.Name, "")
	rest.FillObjectMetaSystemFields(c)
	if err := rest.BeforeCreate(cronstrategy.Strategy, ctx, c); err != nil {
		return nil, nil, err
	}
	warnings := cronstrategy.Strategy.WarningsOnCreate(ctx, c)
	out := &batchv1.CronJob{}
	if err := legacyscheme.Scheme.Convert(c, out, nil); err != nil {
		return nil, warnings, err
	}
	out.UID = types.UID("uid-" + out.Name)
	out.Namespace = namespace
	return out, warnings, nil
}

// admitJobUpdate is a write to an existing Job, or to its status.
func admitJobUpdate(old, updated *batchv1.Job, status bool) (*batchv1.Job, []string, error) {
	old = old.DeepCopy()
	legacyscheme.Scheme.Default(old)
	before, err := toInternal(old)
	if err != nil {
		return nil, nil, err
	}
	if updated.ResourceVersion == "" {
		updated.ResourceVersion = old.ResourceVersion
	}
	legacyscheme.Scheme.Default(updated)
	after, err := toInternal(updated)
	if err != nil {
		return nil, nil, err
	}
	if before.ResourceVersion == "" {
		// An update needs a version, and a scenario need not give one.
		before.ResourceVersion, after.ResourceVersion = "1", "1"
	}
	var warnings []string
	if status {
		ctx := requestContext("jobs", "update", old.Name, "status")
		err = rest.BeforeUpdate(jobstrategy.StatusStrategy, ctx, after, before)
	} else {
		ctx := requestContext("jobs", "update", old.Name, "")
		if err = rest.BeforeUpdate(jobstrategy.Strategy, ctx, after, before); err == nil {
			warnings = jobstrategy.Strategy.WarningsOnUpdate(ctx, after, before)
		}
	}
	if err != nil {
		return nil, nil, err
	}
	out, err := toExternal(after)
	return out, warnings, err
}

// admitCronJobUpdate is a write to an existing CronJob.
func admitCronJobUpdate(old, updated *batchv1.CronJob) (*batchv1.CronJob, []string, error) {
	before, after := &batch.CronJob{}, &batch.CronJob{}
	if updated.ResourceVersion == "" {
		updated.ResourceVersion = old.ResourceVersion
	}
	for in, out := range map[*batchv1.CronJob]*batch.CronJob{old: before, updated: after} {
		legacyscheme.Scheme.Default(in)
		if err := legacyscheme.Scheme.Convert(in, out, nil); err != nil {
			return nil, nil, err
		}
	}
	if before.ResourceVersion == "" {
		before.ResourceVersion, after.ResourceVersion = "1", "1"
	}
	ctx := requestContext("cronjobs", "update", old.Name, "")
	if err := rest.BeforeUpdate(cronstrategy.Strategy, ctx, after, before); err != nil {
		return nil, nil, err
	}
	warnings := cronstrategy.Strategy.WarningsOnUpdate(ctx, after, before)
	out := &batchv1.CronJob{}
	return out, warnings, legacyscheme.Scheme.Convert(after, out, nil)
}

func toExternal(in *batch.Job) (*batchv1.Job, error) {
	out := &batchv1.Job{}
	return out, legacyscheme.Scheme.Convert(in, out, nil)
}

func toInternal(in *batchv1.Job) (*batch.Job, error) {
	out := &batch.Job{}
	return out, legacyscheme.Scheme.Convert(in, out, nil)
}

// create answers a scenario of mode create.
func (sc Scenario) create() (res Result) {
	var object any
	var err error
	if len(sc.CronJob) > 0 {
		object, res.Warnings, err = admitCronJob(sc.CronJob)
	} else {
		object, res.Warnings, err = admitJob(sc.Job)
	}
	return res.with(object, err)
}

// update answers a scenario of mode update or updateStatus.
func (sc Scenario) update(status bool) (res Result) {
	before, err := decode[batchv1.Job](sc.Old)
	if err != nil {
		return res.with(nil, err)
	}
	after, err := decode[batchv1.Job](sc.Job)
	if err != nil {
		return res.with(nil, err)
	}
	var object any
	object, res.Warnings, err = admitJobUpdate(before, after, status)
	return res.with(object, err)
}

// updateCron answers a scenario of mode updateCron.
func (sc Scenario) updateCron() (res Result) {
	before, err := decode[batchv1.CronJob](sc.Old)
	if err != nil {
		return res.with(nil, err)
	}
	after, err := decode[batchv1.CronJob](sc.CronJob)
	if err != nil {
		return res.with(nil, err)
	}
	var object any
	object, res.Warnings, err = admitCronJobUpdate(before, after)
	return res.with(object, err)
}

func (res Result) with(object any, err error) Result {
	if err != nil {
		res.Errors, res.Status = refusal(err)
	} else {
		res.Object = encode(object)
	}
	return res
}
