// Runs wherever the package does: what it answers to each case.
export const answers = (egressc, cases) => cases.map(({ call, request }) => {
  try {
    return egressc[call](request);
  } catch (error) {
    if (error instanceof egressc.EgresscUsageError && error instanceof Error) return { usageError: error.message };
    throw error;
  }
});
