/** Where the store and results lie unless the user says otherwise. */
export const usualFolders = { store: '.sdx', results: 'results' } as const;
