export const url = 'http://127.0.0.1:4000/graphql';

export const input = {
  initImage: `${url}/samples/ada.jpg`,
  targetImage: `${url}/samples/bruno.jpg`,
  referenceImage: `${url}/samples/ada.jpg`,
  trackId: 7,
};
export const createdAfter = new Date(Date.now() - 3_600_000).toISOString();
