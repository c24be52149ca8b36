//go:build !since136

package oracle

import (
	"context"

	"k8s.io/client-go/informers"
	clientset "k8s.io/client-go/kubernetes"
	"k8s.io/kubernetes/pkg/controller/job"
)

// newJobController hides that the constructor changed its parameters in 1.36.
func newJobController(ctx context.Context, f informers.SharedInformerFactory, c clientset.Interface) (*job.Controller, error) {
	return job.NewController(ctx, f.Core().V1().Pods(), f.Batch().V1().Jobs(), c)
}
