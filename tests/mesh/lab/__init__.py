"""The mesh lab: compiled policies, computed by Istio's code, obeyed by real Envoys, judged by real requests.

One machine, no Kubernetes, no route to anywhere: every pod is a network namespace on one bridge.
"""
